"""Training paths: the best way through real batches, with proof, choices and reasons (docs/formats/plan.md).

What would close a gap that stays open (`remedies`), and what a change would do (`what_if`), are found by asking `plan`
about changed problems.
"""

from kompetensi.graph.paths.bulk import Clip, plan_all
from kompetensi.graph.paths.catalogue import Catalogue
from kompetensi.graph.paths.optimum import Unknown
from kompetensi.graph.paths.planner import can_be_ready, plan, ready_plan
from kompetensi.graph.paths.problem import Batch, Demand, Gain, Objective, Problem, Requirement, Training
from kompetensi.graph.paths.result import Alternative, Label, Open, Plan, PlanResult, Reason, Status, Step

__all__ = ["Alternative", "Batch", "Catalogue", "Clip", "Demand", "Gain", "Label", "Objective", "Open", "Plan", "PlanResult", "Problem",
           "Reason", "Requirement", "Status", "Step", "Training", "Unknown", "can_be_ready", "plan", "plan_all", "ready_plan"]

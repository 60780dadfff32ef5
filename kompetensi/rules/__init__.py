"""Rules as pure functions over plain facts: access, certificates, transfer eligibility. No I/O, no clock."""

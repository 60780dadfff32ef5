// Checks the QR of a certificate without any server. docs/formats/certificate-payload.md describes what is read here.
"use strict";

(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const words = settings.words;
  const CONTEXT = new TextEncoder().encode("kompetensi certificate payload 1\n");
  const HEAD = 27, SIGNATURE = 64, NO_END = 0xffff, NO_NIP = 1000, LONGEST = 4296;
  const TOKEN_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const TONES = { valid: "ok", expired: "part", forged: "no", unknownKey: "part", outOfTerm: "no" };
  const place = (id) => document.getElementById(id);

  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const fromBase64url = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const isoDay = (days) => new Date(Date.UTC(2000, 0, 1) + days * 86400000).toISOString().slice(0, 10);
  const inWords = (day) => new Intl.DateTimeFormat(settings.locale === "en" ? "en-GB" : "id-ID",
    { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(day + "T00:00:00Z"));
  // The day in Gorontalo, UTC+8.
  const today = () => new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);

  function findPayload(text) {
    let fragment = text.slice(text.lastIndexOf("#") + 1);
    try { fragment = decodeURIComponent(fragment); } catch { /* a stray percent sign stays, and is refused below */ }
    const signs = fragment.replace(/\s+/g, "").toUpperCase();
    return /^K[0-9]+:/.test(signs) ? signs : null;
  }

  function toBytes(signs) {
    const bytes = [];
    for (let start = 0; start < Math.min(signs.length, LONGEST); start += 3) {
      const places = Array.from(signs.slice(start, start + 3), (sign) => settings.alphabet.indexOf(sign));
      const number = places.reduceRight((sum, value) => sum * settings.alphabet.length + value, 0);
      if (Math.min(...places) < 0 || places.length === 1 || number >= 256 ** (places.length - 1)) break;
      if (places.length === 3) bytes.push(number >> 8);
      bytes.push(number & 255);
    }
    return Uint8Array.from(bytes);
  }

  async function keysNamed(name) {
    const found = [];
    for (const key of settings.keys) {
      const raw = fromBase64url(key.x);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
      if (hex(digest.slice(0, 4)) === name) found.push({ ...key, raw });
    }
    return found;
  }

  // The dictionary goes before the stream as a stored block, and comes off what is inflated.
  async function inflate(packed) {
    const dictionary = new TextEncoder().encode(settings.dictionary);
    const size = dictionary.length;
    const block = [0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255];
    const stream = new Blob([Uint8Array.from(block), dictionary, packed]).stream()
      .pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer()).slice(size);
  }

  async function readPayload(body) {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const flags = body[6], nip = view.getUint16(15), end = view.getUint16(23);
    let signs = "";
    for (let shift = 55n; shift >= 0n; shift -= 5n) signs += TOKEN_SIGNS[Number(view.getBigUint64(7) >> shift & 31n)];
    const written = flags & 8 ? await inflate(body.slice(HEAD)) : body.slice(HEAD);
    const [number, name, training, batch, issuer, result] = new TextDecoder().decode(written).split("\x1f");
    return {
      kind: settings.kinds[flags & 3], demo: Boolean(flags & 4), token: signs.match(/.{4}/g).join("-"),
      nip: nip < NO_NIP ? "•••••••• •••••• • " + String(nip).padStart(3, "0") : "•".repeat(nip - NO_NIP),
      issuedOn: isoDay(view.getUint16(17)), firstDay: isoDay(view.getUint16(19)), lastDay: isoDay(view.getUint16(21)),
      validUntil: end === NO_END ? null : isoDay(end), jp: view.getUint16(25), number, name, training, batch, issuer, result,
    };
  }

  async function check(text) {
    const signs = findPayload(text);
    if (signs === null) return { verdict: "notPayload" };
    if (!signs.startsWith("K1:")) return { verdict: "newer", version: signs.split(":")[0].slice(0, 8) };
    const blob = toBytes(signs.slice(3));
    if (blob.length < HEAD + SIGNATURE || (blob[0] << 8 | blob[1]) !== blob.length) return { verdict: "incomplete" };
    const body = blob.slice(0, -SIGNATURE), signature = blob.slice(-SIGNATURE), name = hex(body.slice(2, 6));
    const known = await keysNamed(name);
    if (!known.length) return { verdict: "unknownKey", key: name };
    const message = Uint8Array.from([...CONTEXT, ...body]);
    for (const key of known) {
      const imported = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
      if (!await crypto.subtle.verify("Ed25519", imported, signature, message)) continue;
      const found = await readPayload(body);
      if ((key.first_day && found.issuedOn < key.first_day) || (key.last_day && found.issuedOn > key.last_day)) {
        return { verdict: "outOfTerm", key: name };
      }
      return { verdict: found.validUntil && found.validUntil < today() ? "expired" : "valid", key: name, found };
    }
    return { verdict: "forged", key: name };
  }

  function showFacts({ found, key }) {
    const facts = place("facts");
    facts.replaceChildren();
    const add = (label, value, strong) => {
      if (!value) return;
      const term = document.createElement("dt"), said = document.createElement("dd");
      term.textContent = label;
      (strong ? said.appendChild(document.createElement("b")) : said).textContent = value;
      facts.append(term, said);
    };
    add(words.kind, found.kind);
    add(words.name, found.name + (found.demo ? " (" + words.demo + ")" : ""), true);
    add(words.nip, found.nip);
    add(words.training, found.training + ", " + found.batch);
    add(words.result, found.result);
    add(words.days, (found.firstDay === found.lastDay ? inWords(found.firstDay)
      : inWords(found.firstDay) + " – " + inWords(found.lastDay)) + ", " + found.jp + " JP");
    add(words.number, found.number);
    add(words.code, found.token);
    add(words.issued, inWords(found.issuedOn) + ", " + found.issuer);
    add(words.until, found.validUntil ? inWords(found.validUntil) : words.endless);
    add(words.key, key);
    const link = place("online");
    link.href = settings.check_url + "/" + found.token;
    link.textContent = link.href;
    place("limit").textContent = fill(words.limit, { day: inWords(found.issuedOn) });
  }

  function show(answer) {
    const said = words.answers[answer.verdict];
    const seal = place("answer");
    seal.className = "seal " + (TONES[answer.verdict] || "part");
    place("title").textContent = said[0];
    const { found } = answer;
    place("explanation").textContent = fill(said[1], {
      key: answer.key, version: answer.version, issuer: found && found.issuer, day: found && inWords(found.issuedOn),
      end: found && (found.validUntil ? inWords(found.validUntil) : "") });
    if (found && !found.validUntil) place("explanation").textContent = fill(words.provenEndless,
      { issuer: found.issuer, day: inWords(found.issuedOn) });
    place("proven").hidden = !found;
    if (found) showFacts(answer);
    document.title = said[0];
    place("title").focus();
  }

  async function run() {
    try {
      show(await check(place("text").value));
    } catch (problem) {
      // Only a browser without Ed25519 or raw deflate comes here: nothing in a text reaches them unchecked.
      show({ verdict: "unsupported" });
      console.warn(problem);
    }
  }

  function runFromAddress() {
    if (!/^#K[0-9]+:/i.test(location.hash)) return;
    place("text").value = location.hash.slice(1);
    run();
  }

  place("form").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  window.addEventListener("hashchange", runFromAddress);
  runFromAddress();
})();

"use strict";
const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const xor = (one, other) => one.map((each, at) => each ^ other[at]);

async function mac(key, message) {
  const made = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", made, message));
}

async function unseal(sealed, password) {
  const raw = new TextEncoder().encode(password);
  const base = await crypto.subtle.importKey("raw", raw, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(sealed.salt), iterations: sealed.rounds };
  const stretched = new Uint8Array(await crypto.subtle.deriveBits(how, base, 512));
  const body = bytes(sealed.body);
  for (const wrapped of sealed.keys) {
    const key = xor(bytes(wrapped), stretched);
    const tag = await mac(key.slice(32), body);
    if (btoa(String.fromCharCode(...tag)) !== sealed.tag) continue;
    const plain = new Uint8Array(body.length);
    for (let at = 0; at < body.length; at += 32) {
      const counter = new Uint8Array(4);
      new DataView(counter.buffer).setUint32(0, at / 32);
      plain.set(xor(body.slice(at, at + 32), await mac(key.slice(0, 32), counter)), at);
    }
    return JSON.parse(new TextDecoder().decode(plain));
  }
  return null;
}

function kept(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, JSON.stringify(value));
    return JSON.parse(localStorage.getItem(name));
  } catch { return null; }
}

function add(parent, tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

function prose(parent, text) {
  const made = add(parent, "p", "");
  text.split("`").forEach((part, at) => at % 2 ? add(made, "code", part) : made.append(part));
}

function explain(answer, facts) {
  add(answer, "h2", facts.title);
  for (const step of facts.steps) {
    add(answer, "h3", step.question);
    prose(answer, `${step.answer} (from: ${step.used})`);
  }
  prose(answer, facts.explanation);
  prose(answer, "The lines that were changed, `-` before and `+` with the fault:");
  add(answer, "pre", facts.diff).tabIndex = 0;
  if (facts.elsewhere) prose(answer, `In the other framework: ${facts.elsewhere}`);
}

function practise(section) {
  const id = section.dataset.exercise, sealed = JSON.parse(section.dataset.sealed);
  const answer = section.querySelector(".answer"), button = section.querySelector(".guess");
  const name = `debugdiff-${id}-${sealed.salt}`;
  let guesses = kept(name) || [];
  if (!Array.isArray(guesses)) guesses = [];
  const close = (closed) => button.setAttribute("aria-disabled", closed);
  async function show(line) {
    close(true);
    answer.textContent = "Looking ...";
    let facts = await unseal(sealed, `${id}:${line}`);
    const right = facts !== null, over = !right && guesses.length >= 3;
    if (over) facts = await unseal(sealed, `${id}:after three guesses`);
    answer.textContent = "";
    add(answer, "p", right ? `Line ${line} is right: the fault can be fixed here.`
      : over ? `Not line ${line}. This is how it can be found:`
      : `Not line ${line}. Guesses left: ${3 - guesses.length}.`);
    if (facts) explain(answer, facts);
    close(facts !== null);
  }
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    const chosen = section.querySelector("input:checked");
    if (!chosen) { answer.textContent = "Choose a line first."; return; }
    if (guesses.includes(chosen.value)) { answer.textContent = "You have guessed this line already."; return; }
    guesses.push(chosen.value);
    kept(name, guesses);
    await show(chosen.value);
  });
  if (guesses.length) show(guesses[guesses.length - 1]);
}

function shown(section) {
  return [...section.querySelectorAll("li code")].map((line) => `${line.textContent}\n`).join("");
}

function collect() {
  const answers = [...document.querySelectorAll("section")].map((section) => ({
    exercise: section.dataset.exercise,
    guess: [...section.querySelectorAll("input:checked")].map((each) => Number(each.value)),
    because: section.querySelector(".because").value,
    program: shown(section),
  }));
  const student = document.getElementById("student").value;
  return { schema: 1, course: document.body.dataset.course, answers, student };
}

function restore(name) {
  const before = kept(name);
  if (!before || !Array.isArray(before.answers)) return;
  document.getElementById("student").value = before.student;
  for (const section of document.querySelectorAll("section")) {
    const one = before.answers.find((each) => each.exercise === section.dataset.exercise);
    if (!one || one.program !== shown(section)) continue;
    section.querySelector(".because").value = one.because;
    for (const box of section.querySelectorAll("[type=checkbox]")) box.checked = one.guess.includes(Number(box.value));
  }
}

function grade() {
  const ids = [...document.querySelectorAll("section")].map((each) => each.dataset.exercise);
  const name = `debugdiff-${document.body.dataset.course}-${ids.join("-")}`;
  restore(name);
  document.addEventListener("input", () => kept(name, collect()));
  document.getElementById("download").addEventListener("click", () => {
    const all = collect(), text = JSON.stringify(all, null, 1), link = document.createElement("a");
    const empty = all.answers.filter((each) => !each.guess.length).length;
    document.getElementById("answers").textContent = text;
    document.getElementById("copy").hidden = false;
    document.getElementById("saved").textContent = "Saved as answers.json."
      + (empty ? ` No line is ticked in ${empty} of ${all.answers.length} exercises.` : "");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "answers.json";
    link.click();
  });
}

if (document.body.dataset.kind === "graded") grade();
else document.querySelectorAll("section").forEach(practise);

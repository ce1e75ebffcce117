// What the pages do better with scripts. Every one of them works without; nothing here decides anything, and no code is
// ever kept, sent or put anywhere but where a person asks for it.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

/** Says something to screen readers without moving anybody. */
function announce(text) {
  const live = one("#live");
  if (!live) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 60);
}

// A page that answered a form is not sent again when it is loaded again.
if (document.body.dataset.again) history.replaceState(null, "", document.body.dataset.again);
// A page that the browser kept in memory may show what is over.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

for (const shown of all("[data-scripted]")) shown.hidden = false;

// A second click on a button sends nothing: the answer to the first would be lost, and may be the one that shows codes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 10000);
});

// The menu: Escape and a click elsewhere close it.
for (const menu of all("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    one("summary", menu).focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
  });
}

// Waits: the server said until when and how long that was, so that a wrong clock here does no harm. What goes down is seen
// only: whoever hears the page has the sentence of the server, which does not change, and is told when the wait is over.
const began = performance.now();
for (const wait of all("[data-wait]")) {
  const total = Number(wait.dataset.wait);
  const words = wait.dataset;
  const around = wait.closest("section") ?? document;
  const unit = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  const shown = document.createElement("span");
  shown.ariaHidden = "true";
  shown.textContent = wait.textContent;
  wait.classList.add("unseen");
  wait.after(shown);
  const tick = () => {
    const left = Math.ceil(total - (performance.now() - began) / 1000);
    if (left <= 0) return over(wait, around);
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const parts = [];
    if (hours) parts.push(unit(hours, words.hour, words.hours));
    if (minutes) parts.push(unit(minutes, words.minute, words.minutes));
    if (seconds && !hours) parts.push(unit(seconds, words.second, words.seconds));
    shown.textContent = parts.join(" ");
    setTimeout(tick, 1000 - ((performance.now() - began) % 1000));
  };
  tick();
}

/** Says that a wait is over as the server would, were the page loaded again: in one sentence, with no word of the wait. */
function over(wait, around) {
  const line = wait.closest("[data-over]");
  const box = line.closest(".message");
  const text = line.dataset.over;
  const title = one("strong", box);
  // It is announced below, and would be twice.
  box.removeAttribute("role");
  (title ?? line).textContent = text;
  if (title) line.remove();
  announce(text);
  for (const held of all("[data-held]", around)) {
    held.disabled = false;
    held.textContent = held.dataset.held;
    held.removeAttribute("data-held");
  }
}

// Fields for codes: groups form while typing, a count says how far it is, and of a pasted sheet one code is picked.
// What the server leaves out wherever it stands: white space, what has no width, dashes. A test compares these lists.
const NOTHING = String.raw`\-\s\u0085\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u2053\u207b\u208b\u2212\u23af\u2500\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\u30fb\u30fc\ufe31\ufe32\ufe58\ufe63\uff0d\uff70\u{10d6e}\u{10ead}`;
// And what it leaves out at the end.
const STOPS = String.raw`.\uff0e\u3002\uff61`;
const ENDING = new RegExp(`[${NOTHING}${STOPS}]+$`, "u");

function reader(field) {
  const { groups, size, separator, folds } = field.dataset;
  const length = Number(groups) * Number(size);
  // A separator needs no escape where it stands last.
  const between = `[${NOTHING}${separator}]`;
  const dropped = new RegExp(between, "gu");
  const narrow = (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
  const plain = (text) => {
    const symbols = text.replace(ENDING, "").replace(/[\uff01-\uff5e]/g, narrow).replace(dropped, "");
    if (!folds) return symbols;
    return symbols.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/O/g, "0").replace(/[IL]/g, "1");
  };
  // What is nothing but letters and digits is read here as the server reads it. Of the rest the server is the judge.
  const isKnown = (symbols) => /^[A-Za-z0-9]*$/.test(symbols);
  const grouped = (symbols) => symbols.match(new RegExp(`.{1,${size}}`, "gu"))?.join(separator) ?? "";
  return { length, plain, isKnown, grouped, between, size: Number(size), groups: Number(groups) };
}

/** The codes in a pasted sheet: groups of the right length, as many as a code has, one after the other. */
function found(text, { size, groups, between, plain, grouped }) {
  const group = `[A-Za-z0-9]{${size}}`;
  const code = new RegExp(`(?<![A-Za-z0-9])${group}(?:${between}{1,3}${group}){${groups - 1}}(?![A-Za-z0-9])`, "gu");
  const codes = text.split(/\r?\n/).flatMap((line) => line.match(code) ?? []).map((match) => grouped(plain(match)));
  return [...new Set(codes)].slice(0, 60);
}

for (const field of all("input.code[data-groups]")) {
  const form = reader(field);
  const count = one(`#${field.id}-count`);
  const picks = one(`#${field.id}-picks`);
  const show = () => {
    const n = [...form.plain(field.value)].length;
    if (count) count.textContent = n ? count.dataset.text.replace("{n}", n).replace("{of}", form.length) : "";
  };
  const arrange = () => {
    const at = field.selectionStart ?? field.value.length;
    const symbols = form.plain(field.value);
    if (symbols.length > form.length || !form.isKnown(symbols)) return show();
    const before = [...form.plain(field.value.slice(0, at))].length;
    const text = form.grouped(symbols);
    if (text !== field.value) {
      field.value = text;
      let place = before + Math.floor(Math.max(before - 1, 0) / form.size);
      if (at >= text.length) place = text.length;
      field.setSelectionRange(place, place);
    }
    show();
  };
  field.addEventListener("input", (event) => { if (!event.isComposing) arrange(); });
  field.addEventListener("compositionend", arrange);
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    const codes = found(text, form);
    if (codes.length < 1 || (codes.length === 1 && form.plain(text).length === form.length)) return;
    event.preventDefault();
    offer(codes, field, picks, arrange);
  });
  // What can't be a code yet is said here, where what was typed is not lost.
  field.form.addEventListener("submit", (event) => {
    const symbols = form.plain(field.value);
    const n = symbols.length;
    if (!form.isKnown(symbols) || n === 0 || n === form.length || n > form.length * 2 || !count) return;
    event.preventDefault();
    complain(field, count.dataset.short.replace("{n}", n).replace("{of}", form.length));
  });
  show();
}

/** Says above a form what is wrong with a field of it. */
function complain(field, text) {
  one("#message")?.remove();
  // What that one was about is not what this one is about.
  for (const other of all("[aria-describedby~=message]")) {
    other.removeAttribute("aria-invalid");
    describe(other, described(other));
  }
  const box = document.createElement("div");
  box.id = "message";
  box.className = "message warn";
  box.setAttribute("role", "alert");
  const line = document.createElement("strong");
  line.textContent = text;
  box.append(line);
  field.form.before(box);
  field.setAttribute("aria-invalid", "true");
  describe(field, ["message", ...described(field)]);
  field.focus();
}

/** By what else than a message a field is described. */
function described(field) {
  return (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== "message");
}

function describe(field, ids) {
  if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
  else field.removeAttribute("aria-describedby");
}

function offer(codes, field, picks, arrange) {
  const pick = (code) => {
    field.value = code;
    picks.hidden = true;
    picks.replaceChildren();
    arrange();
    field.focus();
  };
  if (codes.length === 1) return pick(codes[0]);
  const title = document.createElement("p");
  title.textContent = picks.dataset.text.replace("{n}", codes.length);
  const list = document.createElement("div");
  list.className = "tools";
  for (const code of codes) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "typed";
    button.textContent = code;
    button.addEventListener("click", () => pick(code));
    list.append(button);
  }
  picks.replaceChildren(title, list);
  picks.hidden = false;
  announce(title.textContent);
}

// A password can be looked at.
for (const button of all("[data-reveal]")) {
  const field = one(`#${button.dataset.reveal}`);
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  field.form.addEventListener("submit", () => { field.type = "password"; });
}

// How long new codes last: the number of days matters only where they end, and a number that is changed means that.
for (const days of all("input[name=days]")) {
  days.addEventListener("input", () => { one("input[name=ends][value=days]", days.form).checked = true; });
}

// The codes, once.
const codes = one("#codes");
let saved = false;
const keep = () => { saved = true; };
if (codes) {
  const texts = all("code", codes).map((code) => code.textContent);
  addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });
  one("#saved")?.addEventListener("change", (event) => { saved = event.target.checked; });

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const tell = (button, text) => {
    const label = one("span", button) ?? button;
    label.dataset.text ??= label.textContent;
    label.textContent = text;
    button.classList.add("done");
    announce(button.dataset.said ?? text);
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      label.textContent = label.dataset.text;
      button.classList.remove("done");
    }, 4000);
  };
  all("[data-copy]", codes).forEach((button, at) => button.addEventListener("click", async () => {
    if (await copy(texts[at])) tell(button, button.dataset.done);
  }));
  one("#copy-all")?.addEventListener("click", async ({ currentTarget: button }) => {
    if (!await copy(texts.join("\n") + "\n")) return;
    keep();
    tell(button, button.dataset.done);
  });
  one("#print")?.addEventListener("click", () => { keep(); print(); });
}

// Download and e-mail are answered here, so that codes stay in sight, and that a file, which brings no page, is told of as
// well; what the answer says stands below the form.
const place = one("#delivery");
place?.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  const button = one("button[type=submit],button:not([type])", form);
  if (button.getAttribute("aria-busy")) return;
  deliver(form).catch(() => {
    button.removeAttribute("aria-busy");
    say(place.dataset.lost, "warn");
    announce(place.dataset.lost);
  });
});

/** Says below the forms what came of one. */
function say(text, tone) {
  const said = one("#delivery-said");
  said.className = `message ${tone}`;
  said.textContent = text;
  said.hidden = false;
  return said;
}

/** The time of an answer, as clocks of the site show it. */
function clock(answer) {
  const at = new Date(answer.headers.get("date") ?? Date.now());
  const show = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const lang = document.documentElement.lang;
  try {
    return new Intl.DateTimeFormat(lang, { ...show, timeZone: place.dataset.zone }).format(at);
  } catch {
    return new Intl.DateTimeFormat(lang, show).format(at);
  }
}

/** Puts in a form's place what was done with it, or nothing; whoever was in it is led to what is said. */
function settle(form, mark, text, tone) {
  const wasThere = form.contains(document.activeElement);
  if (mark) {
    const [line, done] = [document.createElement("p"), document.createElement("span")];
    done.className = "button done";
    done.textContent = mark;
    line.append(done);
    form.replaceWith(line);
  } else {
    form.remove();
  }
  const said = say(text, tone);
  if (wasThere) said.focus();
  else announce(text);
}

async function deliver(form) {
  const button = one("button[type=submit],button:not([type])", form);
  const { mark, done } = form.dataset;
  // Where the password is asked for, its form stands for the one that asked.
  const kind = form.dataset.for ?? form.id;
  button.setAttribute("aria-busy", "true");
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
  button.removeAttribute("aria-busy");
  const marked = mark.replace("{time}", clock(answer));
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
  if (name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    keep();
    return settle(form, marked, done, "good");
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = one("input[name=form_token]", page)?.value;
  if (token) for (const field of all("input[name=form_token]")) field.value = token;
  const proof = one("#confirm-form", page);
  const message = one("#message", page);
  const text = message ? message.textContent.trim().replace(/\s+/g, " ") : page.title;
  if (proof) {
    const mine = document.adoptNode(proof);
    Object.assign(mine.dataset, { for: kind, mark });
    form.replaceWith(mine);
    if (message) {
      say(text, "warn");
      announce(text);
    }
    one("input[type=password]", mine)?.focus();
    return;
  }
  if (message?.classList.contains("good")) {
    keep();
    return settle(form, marked, text, "good");
  }
  // What the dashboard does not offer any more is not offered here either.
  const isOver = (asked) => !one(`#${asked.dataset.for ?? asked.id}`, page);
  if (one("#state", page) && isOver(form)) {
    for (const other of all("form", place)) if (other !== form && isOver(other)) other.remove();
    return settle(form, null, text, "warn");
  }
  say(text, "warn");
  announce(text);
}

// A form of the console that shows what would come of it asks for that anew whenever something of it changes.
const preview = one("#preview");
const planned = one("#preview-button")?.form;
let latest = 0;
planned?.addEventListener("change", async () => {
  const mine = ++latest;
  const fields = new URLSearchParams(new FormData(planned));
  fields.set("preview", "yes");
  try {
    const answer = await fetch(planned.getAttribute("action"), { method: "POST", body: fields });
    const drawn = one("#preview", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!drawn || mine !== latest) return;
    preview.replaceChildren(...drawn.childNodes);
    announce(one("li,p", preview)?.textContent ?? "");
  } catch {
    // The button still asks for it, as a page.
  }
});

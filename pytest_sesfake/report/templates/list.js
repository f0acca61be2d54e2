// The list of tests and messages, and what of it is shown.

const rows = [];  // of each test and message, in the order of the list: {link, id, test, number, place}
const rowsOf = run.tests.map(() => []);  // the same, by test
const chosenStates = new Set();

function testRow(test, number) {
  const { file, name } = nameOf(test);
  const refused = test.refused ? ` · ${test.refused} refused` : "";
  return h("a", { class: "row test-row", href: `#t${number}` },
    h("span", { class: `dot ${mood(test.outcome)}` }),
    h("span", { class: "test-name" }, python(name)),
    h("span", { class: "test-count" }, isFailed(test) || test.outcome !== "passed" ? `${test.outcome}${refused}` : refused.slice(3)),
    file && h("span", { class: "test-file", title: file }, file));
}

const isSent = (message) => !message.system_mail && !message.received;

function originBadge(message) {
  if (isSent(message)) return null;
  if (message.is_refused) return badge("refused");
  return h("span", { class: "badge" }, message.system_mail ? "from SES" : "received");
}

function messageRow(message, number, place) {
  const to = message.to.map(plainAddress).join(", ") + (message.more ? ` and ${message.more} more` : "");
  const told = message.states.filter((state) => state !== "Delivered");
  const marks = [message.attached > 0 && !message.system_mail && icon("clip"), originBadge(message), told.map(badge)];
  return h("a", { class: `row message-row ${isSent(message) ? "" : "system-mail"}`, href: `#t${number}m${place}` },
    h("span", { class: `subject ${message.subject ? "" : "none"}` }, message.subject || "No subject"),
    h("span", { class: "time" }, clockTime(message.at)),
    h("span", { class: "people" }, to),
    h("span", { class: "marks" }, marks));
}

function fillList() {
  const order = run.tests.map((test, number) => ({ test, number }));
  order.sort((one, other) => isFailed(other.test) - isFailed(one.test) || one.number - other.number);
  const sections = order.map(({ test, number }) => {
    const link = testRow(test, number);
    const listed = rowsOf[number];
    listed.push({ link, id: `t${number}`, test, number });
    const items = test.messages.map((message, place) => {
      const item = messageRow(message, number, place);
      listed.push({ link: item, id: `t${number}m${place}`, test, number, place });
      return h("li", {}, item);
    });
    rows.push(...listed);
    return h("section", { class: "test" }, link, items.length > 0 && h("ol", { class: "messages" }, items));
  });
  byId("list").replaceChildren(...sections);
}

function fillFilters() {
  const found = new Map();
  for (const test of run.tests) {
    for (const message of test.messages) for (const state of message.states) found.set(state, (found.get(state) || 0) + 1);
  }
  byId("count-all").textContent = run.tests.length;
  byId("count-failed").textContent = run.tests.filter(isFailed).length;
  byId("states").replaceChildren(...(found.size > 1 ? [...found.keys()].sort() : []).map((state) => {
    const button = h("button", { class: `badge state-switch ${mood(state)}`, type: "button", "aria-pressed": "false" }, state, h("b", {}, found.get(state)));
    button.addEventListener("click", () => {
      if (!chosenStates.delete(state)) chosenStates.add(state);
      button.setAttribute("aria-pressed", chosenStates.has(state));
      filter();
    });
    return button;
  }));
}

/** Note what a search looks into: names of tests, and the words of their messages, unpacked at the first search. */
async function learn(test, number) {
  const words = await unpacked(`t${number}w`).json();
  for (const row of rowsOf[number]) row.words = `${test.id} ${test.outcome} ${words[row.place] ?? ""}`.toLowerCase();
}

let learned = null;

async function search() {
  if (byId("query").value.trim()) await (learned ??= Promise.all(run.tests.map(learn)));
  filter();
}

function filter() {
  const words = byId("query").value.toLowerCase().split(/\s+/).filter(Boolean);
  const onlyFailed = document.querySelector("#which input:checked").value === "failed";
  const fits = (row) => words.every((word) => row.words.includes(word));
  const shown = new Set();  // numbers of tests
  const count = { messages: 0, system_mail: 0, received: 0 };
  for (const row of rows) {
    if (row.place === undefined) continue;
    const states = row.test.messages[row.place].states;
    const isShown = !(onlyFailed && !isFailed(row.test)) && (!chosenStates.size || states.some((state) => chosenStates.has(state))) && fits(row);
    row.link.parentElement.hidden = !isShown;
    if (isShown) {
      const message = row.test.messages[row.place];
      count[message.system_mail ? "system_mail" : message.received ? "received" : "messages"] += 1;
      shown.add(row.number);
    }
  }
  for (const row of rows) {
    if (row.place !== undefined) continue;
    const isShown = shown.has(row.number) || (!chosenStates.size && !(onlyFailed && !isFailed(row.test)) && fits(row));
    row.link.parentElement.hidden = !isShown;
    if (isShown) shown.add(row.number);
  }
  byId("unfound").hidden = shown.size > 0 || !run.tests.length;
  const ofSes = count.system_mail ? `, ${count.system_mail.toLocaleString("en")} from SES` : "";
  const cameIn = count.received ? `, ${count.received.toLocaleString("en")} received` : "";
  byId("found").textContent = `${counted(count.messages, "message")}${ofSes}${cameIn} in ${counted(shown.size, "test")}`;
}

function showAll() {
  byId("query").value = "";
  chosenStates.clear();
  for (const button of byId("states").children) button.setAttribute("aria-pressed", "false");
  document.querySelector("#which input[value=all]").checked = true;
  filter();
}

const shownRows = () => rows.filter((row) => !row.link.closest("[hidden]"));

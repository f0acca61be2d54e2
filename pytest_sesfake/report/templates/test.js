// A test: how it ended, the calls that it made, and everything that happened.

const backButton = () => h("a", { class: "plain back", href: "#" }, icon("back"), "All messages");

/** What happened, in order; times are told from the first event on. */
function timeline(events, number) {
  if (!events.length) return h("p", { class: "nothing" }, "Nothing happened to it.");
  const begin = Math.min(...events.map((event) => event.at));
  return h("ol", { class: "timeline" }, events.map((event) => h("li", { class: `happening ${event.due ? "due" : ""}` },
    h("time", { datetime: new Date(event.at * 1000).toISOString(), title: fullTime(event.at) },
      event.at - begin < 0.0005 ? clockTime(event.at) : `+${span(event.at - begin)}`),
    h("span", { class: `pin ${mood(event.type)}` }),
    h("div", {},
      h("div", { class: "what" },
        h("span", { class: "type" }, event.type),
        event.kind && h("span", {}, event.kind),
        foreign(event.recipients.map(plainAddress).join(", ")),
        event.due && h("span", { class: "badge" }, "due, had the clock gone on"),
        number != null && about(event, number),
        event.says && h("span", { class: "says" }, event.says)),
      !event.due && opened("JSON", async () => json(await bodyOf(event, number)))))));
}

async function bodyOf(event, number) {
  return event.body || (await unpacked(`t${number}m${event.message}`).json()).events[event.place].body;
}

/** Of which message an event is. */
function about(event, number) {
  if (event.message == null) return event.subject ? foreign(`of “${event.subject}”, which is not in the list`) : null;
  const subject = run.tests[number].messages[event.message].subject || "no subject";
  return h("a", { href: `#t${number}m${event.message}` }, foreign(subject));
}

function callLine(call, number) {
  const sent = call.messages.length;
  return h("li", { class: "call" },
    h("div", { class: "line" },
      h("span", { class: "operation" }, call.operation || "DATA"),
      h("span", { class: `badge ${call.error ? "bad" : "good"}` }, call.error || String(call.status ?? "no answer")),
      h("span", { class: "about" }, [
        call.api, call.region, clockTime(call.at), call.attempts > 1 && counted(call.attempts, "attempt"),
        call.scripted && "as the test wanted",
      ].filter(Boolean).join(" · ")),
      sent === 1 && h("a", { href: `#t${number}m${call.messages[0]}` }, foreign(run.tests[number].messages[call.messages[0]].subject || "no subject")),
      sent > 1 && h("span", { class: "about" }, counted(sent, "message")),
      call.error && call.recipients.length > 0 && h("span", { class: "about" }, "to ", foreign(call.recipients.map(plainAddress).join(", "))),
      call.caller && h("code", { class: "where" }, call.caller)),
    call.text && h("p", { class: "said" }, foreign(call.text)),
    call.params && call.params !== "{}" && opened("Parameters", () => json(call.params)));
}

/** What was published, to whom it went, and what they answered. */
function notificationLine(notification, number) {
  const message = notification.message == null ? null : run.tests[number].messages[notification.message];
  return h("li", { class: "call" },
    h("div", { class: "line" },
      h("span", { class: "operation" }, notification.type),
      notification.recipients.length > 0 && foreign(notification.recipients.map(plainAddress).join(", ")),
      h("span", { class: "about" }, clockTime(notification.at)),
      message && h("a", { href: `#t${number}m${notification.message}` }, foreign(message.subject || "no subject")),
      h("code", { class: "where" }, notification.to)),
    notification.answers.map((answer) => h("div", { class: "line answer" },
      h("code", { class: "where" }, foreign(answer.who)),
      h("span", { class: `badge ${answer.ok ? "good" : "bad"}` }, answer.said))),
    opened("Body", () => json(notification.body)));
}

/** The text of a failure; pytest marks with an E what went wrong. */
function failure(text) {
  const lines = text.split("\n").map((line) => h("span", { class: /^E\s/.test(line) ? "says" : "" }, `${line}\n`));
  return h("pre", { class: "words failure", tabindex: 0 }, lines);
}

function block(title, content) {
  return h("section", { class: "block" }, h("h3", {}, title), content);
}

async function showTest(test, number) {
  const { file, name } = nameOf(test);
  const { calls = [], events = [], notifications = [] } = await unpacked(`t${number}`).json();
  const text = await unpacked(`t${number}f`).text();
  const received = test.messages.filter((message) => message.received).length;
  const facts = [
    counted(test.messages.filter(isSent).length, "message"), received && `${received} received`, span(test.duration), test.worker,
  ].filter(Boolean);
  return h("article", { class: "item" },
    backButton(),
    h("div", { class: "head" },
      h("p", { class: "crumb" }, file),
      h("h2", { tabindex: -1 }, python(name)),
      h("div", { class: "badges" }, badge(test.outcome), h("span", { class: "aside" }, facts.join(" · ")))),
    test.lost && h("p", { class: "remote" }, test.lost),
    text && block("Failure", failure(text)),
    calls.length > 0 && block(`Calls ${calls.length}`, h("ol", {}, calls.map((call) => callLine(call, number)))),
    events.length > 0 && block(`Events ${events.length}`, timeline(events, number)),
    notifications.length > 0 && block(`Notifications ${notifications.length}`,
      h("ol", {}, notifications.map((notification) => notificationLine(notification, number)))),
    !calls.length && !events.length && !test.messages.length && !test.lost && h("p", { class: "nothing" }, "It made no call, and nothing happened."));
}

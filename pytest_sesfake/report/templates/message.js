// A message: its envelope, its attachments, and its tabs.

let isRemoteAllowed = false;
let favourite = "";  // the tab that the reader chose last

const plainAddress = (address) => address.replace(/^.*<([^<>]*)>\s*$/s, "$1").trim();

/** What became of each recipient, by address. */
function statusOf(mail) {
  const refused = mail.received ? mail.received.refused : [];
  return mail.status || Object.fromEntries(refused.map((address) => [address, "refused"]));
}

function people(addresses, status = {}) {
  return addresses.map((address) => {
    const plain = plainAddress(address);
    const at = plain.lastIndexOf("@");
    const state = status[plain.slice(0, at) + plain.slice(at).toLowerCase()];
    return h("span", { class: "person" }, foreign(address), state && badge(state));
  });
}

function envelope(mail) {
  const status = statusOf(mail);
  const fields = [
    ["From", people([mail.from])],
    ["To", people(mail.to, status)],
    ["Cc", people(mail.cc || [], status)],
    ["Bcc", people(mail.bcc || [], status)],
    ["Reply to", people(mail.reply_to || [])],
    [mail.received ? "Received" : "Sent", [h("time", { datetime: new Date(mail.at * 1000).toISOString() }, fullTime(mail.at))]],
    [mail.api ? "Through" : "Region", [[mail.api, mail.operation, mail.region].filter(Boolean).join(" · ")]],
    ["Called in", mail.caller && [h("code", {}, mail.caller)]],
    ["Template", mail.template && [h("code", {}, mail.template)]],
    ["Configuration set", mail.configuration_set && [h("code", {}, mail.configuration_set)]],
    ["Tags", Object.entries(mail.tags || {}).map(([name, value]) => h("code", {}, `${name}=${value}`))],
    ["Tenant", mail.tenant && [h("code", {}, mail.tenant)]],
    ["Contact list", mail.contact_list && [h("code", {}, mail.contact_list.filter(Boolean).join(" · "))]],
  ];
  const rest = [
    ["Message id", mail.id && [h("code", {}, mail.id)]],
    ["Envelope from", [foreign(mail.envelope.from || "<>")]],
    ["Envelope to", people(mail.envelope.to)],
    ["Return path", mail.return_path && [foreign(mail.return_path)]],
    ["Template data", mail.template_data && [json(mail.template_data)]],
  ];
  const list = (entries) => h("dl", { class: "envelope" }, entries.filter(([, values]) => values && values.length)
    .map(([name, values]) => [h("dt", {}, name), h("dd", {}, values)]));
  return [list(fields), h("details", { class: "more" }, h("summary", {}, "Envelope and id"), list(rest))];
}

function attachments(mail) {
  if (!mail.attachments.length) return null;
  return h("ul", { class: "attachments", "aria-label": "Attachments" }, mail.attachments.map((attachment) => {
    const name = attachment.name || attachment.cid || "without a name";
    const ending = (attachment.name || "").match(/\.([a-z0-9]{1,4})$/i);
    const thumb = h("span", { class: "thumb" }, (ending ? ending[1] : "?").toUpperCase());
    if (isPicture(attachment)) dataUrl(attachment).then((src) => thumb.replaceChildren(h("img", { src, alt: "" })));
    const about = [attachment.type, bytes(attachment.size), attachment.inline && "inline"].filter(Boolean).join(" · ");
    return h("li", {}, h("button", {
      class: "attachment", type: "button", title: `Save ${name}`,
      onclick: async () => save(await contentOf(attachment), attachment.name || "attachment"),
    }, thumb, h("span", { class: "file" }, foreign(name), h("span", { class: "about" }, about)), icon("save")));
  }));
}

// The tabs. Each panel is made when it is first looked at.

function rendered(mail) {
  const frame = h("iframe", { sandbox: "", title: "The message as its reader sees it", referrerpolicy: "no-referrer" });
  const desk = h("div", { class: "desk" }, frame);
  const narrow = h("input", { type: "checkbox", onchange: () => { desk.dataset.width = narrow.checked ? "phone" : ""; } });
  const remote = h("input", { type: "checkbox", onchange: () => { isRemoteAllowed = remote.checked; show(); } });
  remote.checked = isRemoteAllowed;
  const show = async () => { frame.srcdoc = await framed(mail, isRemoteAllowed); };
  show();
  return [
    h("div", { class: "panel-bar" },
      isRemote(parseHtml(mail.html)) && h("label", { class: "switch remote" }, remote, "Load pictures and styles from elsewhere"),
      h("div", { class: "push widths" }, h("label", { class: "switch" }, narrow, "As wide as a phone"))),
    desk,
  ];
}

function headers(mail) {
  return h("table", { class: "fields" }, h("tbody", {}, mail.headers.map(([name, value]) => {
    return h("tr", {}, h("th", { scope: "row" }, foreign(name)), h("td", {}, foreign(value)));
  })));
}

function origin(mail) {
  if (!mail.received) return "As its recipients got it.";
  return mail.received.is_refused ? "As it came." : "As SES handed it on.";
}

function source(mail) {
  const name = `${(mail.subject || "message").slice(0, 60).replace(/[/\\]/g, "-")}.eml`;
  return [
    h("div", { class: "panel-bar" }, origin(mail),
      h("div", { class: "push" }, h("button", { class: "plain", type: "button", onclick: async () => save(await sourceBytes(mail), name) }, icon("save"), "Save as .eml"))),
    h("pre", { class: "words long", tabindex: 0 }, sourceText(mail)),
  ];
}

function links(mail) {
  return h("ol", { class: "links" }, mail.links.map((link) => {
    return h("li", {}, h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, foreign(link)));
  }));
}

/** What the receipt rules did with a mail that came in. */
function actions(mail) {
  return h("ol", {}, mail.actions.map((action) => h("li", { class: "call" },
    h("div", { class: "line" },
      h("span", { class: "operation" }, action.type),
      h("span", { class: `badge ${action.error ? "bad" : "good"}` }, action.error ? "failed" : "done"),
      h("span", { class: "about" }, "rule ", foreign(action.rule)),
      h("span", { class: "about" }, "for ", foreign(action.recipients.join(", "))),
      action.url && h("code", { class: "where" }, action.url)),
    action.error && h("p", { class: "said" }, foreign(action.error)),
    action.answer && h("p", { class: "about" }, "answered ", foreign(action.answer)),
    action.event && opened("Event", () => json(action.event)))));
}

function tabsOf(mail) {
  return [
    mail.html != null && ["Message", rendered],
    mail.text != null && ["Text", () => h("pre", { class: "words", tabindex: 0 }, foreign(mail.text))],
    ["Headers", headers, mail.headers.length],
    ["Source", source],
    mail.links.length > 0 && ["Links", links, mail.links.length],
    mail.events && ["Events", () => timeline(mail.events), mail.events.length],
    mail.actions && mail.actions.length > 0 && ["Actions", actions, mail.actions.length],
  ].filter(Boolean);
}

function tabs(mail) {
  const entries = tabsOf(mail);
  const panel = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: -1 });
  const buttons = entries.map(([name, , count], place) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", "aria-keyshortcuts": String(place + 1),
    onclick: () => { favourite = name; choose(place); },
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (place + step + entries.length) % entries.length;
      favourite = entries[next][0];
      choose(next);
      buttons[next].focus();
      event.preventDefault();
    },
  }, name, count != null && h("span", { class: "count" }, ` ${count}`)));
  const choose = (place) => {
    buttons.forEach((button, other) => {
      button.setAttribute("aria-selected", other === place);
      button.tabIndex = other === place ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[place].id);
    panel.replaceChildren(...[entries[place][1](mail)].flat());
  };
  choose(Math.max(0, entries.findIndex(([name]) => name === favourite)));
  return [h("div", { class: "tabs", role: "tablist", "aria-label": "The message" }, buttons), panel];
}

async function showMessage(test, number, place) {
  const mail = await unpacked(`t${number}m${place}`).json();
  const { file, name } = nameOf(test);
  return h("article", { class: "item" },
    backButton(),
    h("div", { class: "head" },
      h("p", { class: "crumb" }, file && `${file} · `, h("a", { href: `#t${number}` }, python(name))),
      h("h2", { tabindex: -1, class: mail.subject ? null : "none" }, foreign(mail.subject || "No subject")),
      mail.system_mail && h("div", { class: "badges" }, h("span", { class: "badge" }, "mail of SES's own")),
      mail.received && h("div", { class: "badges" },
        h("span", { class: `badge ${mail.received.is_refused ? "bad" : ""}` }, mail.received.is_refused ? "refused" : "received"),
        h("span", { class: "aside" }, mail.received.reply))),
    envelope(mail),
    attachments(mail),
    tabs(mail));
}

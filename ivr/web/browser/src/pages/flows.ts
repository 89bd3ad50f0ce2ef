// The flow editor: puts its views together, saves, and takes a draft to publication.
import { type Change, type Draft, type Opened, Refused, ask } from "../flow/api.ts";
import { el, find } from "../flow/dom.ts";
import { Drawing } from "../flow/drawing.ts";
import { Editor } from "../flow/editor.ts";
import { Form } from "../flow/form.ts";
import { refusalLabel, stateLabel } from "../flow/labels.ts";
import { List } from "../flow/list.ts";
import type { Doc, Layout } from "../flow/model.ts";
import { OwnPhone } from "../flow/own_phone.ts";
import { Keypad } from "../flow/trial.ts";
import { Versions, differences, when, whoSaved } from "../flow/versions.ts";
import { loadTexts, t } from "../texts.ts";

const SEND_BACK = "send_back";

async function start(): Promise<void> {
  const page = find<HTMLElement>("#flow-editor");
  const base = `/api/v1/flows/${page.dataset.flow ?? ""}`;
  const mayDraw = page.dataset.mayDraw === "yes";
  const mayApprove = page.dataset.mayApprove === "yes";
  await loadTexts();
  const editor = new Editor(await ask<Opened>(base));
  const form = new Form(editor);
  const drawing = new Drawing(editor, () => form.flush());
  const choose = (name: string): void => {
    form.flush();
    editor.select(name);
    drawing.scrollTo(name);
  };
  const list = new List(editor, (name) => {
    choose(name);
    if (window.matchMedia("(max-width: 900px)").matches) find("#flow-form").scrollIntoView({ block: "start" });
  });
  const keypad = new Keypad(editor, (name) => { if (name in editor.doc.nodes) choose(name); });
  const versions = new Versions(editor);
  const told = find<HTMLElement>("#flow-told");

  const tell = (words: string, isAlarm = false): void => {
    told.textContent = words;
    told.className = isAlarm ? "alarm" : "hint";
  };
  const failed = (error: unknown): void => {
    if (!(error instanceof Refused)) { tell(t("No connection. Nothing is lost: try again."), true); return; }
    if (error.said.document) { void conflict(error); return; }
    tell(error.id === "bad_input" ? error.message : `${refusalLabel(error.id)} ${error.id === "has_problems" ? error.message : ""}`, true);
  };

  async function save(beganFrom = editor.opened.draft?.revision ?? 0): Promise<void> {
    form.flush();
    const doc = editor.doc;
    const opened = await ask<Opened>(`${base}/draft`, "PUT", { document: doc, layout: editor.layout, began_from: beganFrom });
    editor.took(opened);
    if (doc !== editor.doc) editor.isDirty = true;
    tell(t("Saved."));
    await versions.load();
  }

  const ownPhone = new OwnPhone(base, keypad, async () => {
    form.flush();
    if (editor.isDirty) await save();
    return editor.opened.draft?.revision ?? 0;
  });

  async function act(what: string): Promise<void> {
    if (what !== "discard" && editor.isDirty) await save();
    const note = what === SEND_BACK ? window.prompt(t("What is to be done?")) : "";
    if (note === null) return;
    if (what === "discard" && !window.confirm(t("Give this draft up?"))) return;
    await ask<Draft>(`${base}/acts`, "POST", { act: what, revision: editor.opened.draft?.revision ?? 1, note });
    if (what === "discard" || what === "publish") editor.isDirty = false;
    if (what === "discard" && !editor.opened.is_published) { location.assign("/flows"); return; }
    editor.took(await ask<Opened>(base), { keep: what !== "discard" });
    tell(done(what));
    await versions.load();
  }

  // Somebody saved since this edit began: show what differs and let the person say.
  async function conflict(error: Refused): Promise<void> {
    const dialog = find<HTMLDialogElement>("#flow-conflict");
    const theirs = error.said.draft as Draft;
    const mine = editor.doc;
    const both = error.said.both as Doc | null;
    const keep = async (doc: Doc): Promise<void> => {
      if (doc !== mine) editor.commit(doc);
      dialog.close();
      await save(theirs.revision);
    };
    const take = async (): Promise<void> => {
      dialog.close();
      editor.commit(error.said.document as Doc, { layout: error.said.layout as Layout });
      editor.took(await ask<Opened>(base));
    };
    const found = await ask<Change[]>(`${base}/diff`, "POST", { document: mine });
    const button = (id: string, label: string, does: () => Promise<void>): HTMLElement =>
      el("button", { type: "button", id, click: () => void does().catch(failed) }, label);
    find("#conflict-body").replaceChildren(
      el("p", {}, t("%(who)s saved this flow on %(when)s, while you were editing it.", { who: theirs.saved_by, when: when(theirs.saved_at) })),
      el("h3", {}, t("Theirs (before) and yours (after)")), differences(found),
      el("div", { class: "row" },
        ...(both ? [button("keep-both", t("Keep both: they touch different nodes"), () => keep(both))] : []),
        button("keep-mine", t("Keep mine; theirs stays among the saves"), () => keep(mine)),
        button("take-theirs", t("Take theirs; mine comes back with Undo"), take)));
    dialog.showModal();
  }

  function toolbar(): void {
    const { draft } = editor.opened;
    const faults = editor.problems.length;
    find("#flow-state").textContent = draft ? stateLabel(draft.state) : stateLabel(editor.opened.is_published ? "" : "draft");
    find("#flow-state").className = `tag ${draft?.state ?? ""}`;
    find("#flow-saved").textContent = editor.isDirty ? t("not saved yet") : draft ? whoSaved(draft) : "";
    find("#flow-note").textContent = draft?.note ? `${t("Sent back:")} ${draft.note}` : "";
    find("#flow-note").hidden = !draft?.note;
    find("#flow-below").hidden = !editor.opened.changed_below;
    const check = find("#flow-check");
    check.textContent = faults === 0 ? t("No faults") : t("faults: %(count)s", { count: faults });
    check.className = faults === 0 ? "tag sound" : "tag faulty";
    enable("undo", mayDraw && editor.mayUndo);
    enable("redo", mayDraw && editor.mayRedo);
    enable("save", mayDraw && editor.isDirty);
    for (const [what, allowed] of [["ask", mayDraw], ["publish", mayDraw], ["discard", mayDraw], ["approve", mayApprove], [SEND_BACK, mayApprove]] as const) {
      const button = find<HTMLButtonElement>(`[data-act="${what}"]`);
      const now = allowed && (draft?.may.includes(what) ?? false);
      button.hidden = !now;
      button.disabled = editor.isDirty && what !== "discard" && what !== "ask";
    }
    showFaults();
  }

  function showFaults(): void {
    const hindi = document.documentElement.lang === "hi";
    find("#flow-faults").replaceChildren(...editor.problems.map((one) => {
      const words = hindi && one.problem_hi ? one.problem_hi : one.problem;
      const isHere = one.node in editor.doc.nodes && one.flow === editor.doc.flow;
      const place = one.flow === editor.doc.flow ? one.node : `${one.flow}: ${one.node}`;
      return el("li", {}, ...(isHere ? [el("button", { type: "button", class: "quiet", click: () => choose(one.node) }, place)] : [el("b", {}, place)]),
        ` ${words} `, el("small", {}, hindi && one.remedy_hi ? one.remedy_hi : one.remedy));
    }));
  }

  function enable(act: string, allowed: boolean): void {
    find<HTMLButtonElement>(`[data-do="${act}"]`).disabled = !allowed;
  }

  const does: Record<string, () => void> = {
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    save: () => { save().catch(failed); },
    try: () => { form.flush(); keypad.open(); void ownPhone.open(); },
    closer: () => drawing.zoom(1),
    farther: () => drawing.zoom(-1),
    arrange: () => editor.commit(editor.doc, { layout: {} }),
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-do]")) {
    button.addEventListener("click", () => does[button.dataset.do ?? ""]?.());
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-act]")) {
    button.addEventListener("click", () => { form.flush(); act(button.dataset.act ?? "").catch(failed); });
  }
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const inField = document.activeElement instanceof HTMLInputElement || document.activeElement instanceof HTMLTextAreaElement;
    const what = event.key === "s" ? "save" : inField ? "" : event.key === "z" ? (event.shiftKey ? "redo" : "undo") : event.key === "y" ? "redo" : "";
    if (what) { event.preventDefault(); does[what]?.(); }
  });
  window.addEventListener("beforeunload", (event) => { if (editor.isDirty) event.preventDefault(); });
  tabs(() => drawing.show());
  editor.watch(() => toolbar());
  editor.tell();
  list.show();
  page.dataset.ready = "yes";
}

function done(what: string): string {
  switch (what) {
    case "ask": return t("Somebody else may approve it now.");
    case "approve": return t("Approved. It can be published.");
    case SEND_BACK: return t("Sent back to its authors.");
    case "publish": return t("Published. Campaigns may use it.");
    default: return t("Given up.");
  }
}

function tabs(shown: () => void): void {
  for (const tab of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
    tab.addEventListener("click", () => {
      document.body.dataset.flowView = tab.dataset.view ?? "list";
      for (const other of document.querySelectorAll("[data-view]")) {
        other.setAttribute("aria-pressed", String(other === tab));
      }
      shown();
    });
  }
  const first = window.matchMedia("(max-width: 900px)").matches ? "list" : "drawing";
  document.querySelector<HTMLButtonElement>(`[data-view="${first}"]`)?.click();
}

void start();

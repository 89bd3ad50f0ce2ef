// Versions and saves: who made them, what differs, and a way back.
import { t } from "../texts.ts";
import { type Change, type Draft, Refused, ask } from "./api.ts";
import { el, find } from "./dom.ts";
import type { Editor } from "./editor.ts";
import { options } from "./fields.ts";
import { refusalLabel } from "./labels.ts";
import type { Doc, Layout } from "./model.ts";

interface Release { version: string; authors: string[]; approved_by: string; published_by: string; published_at: string }
interface Save { revision: number; saved_by: string; saved_at: string }

// As ivr/report/numbers.py writes times: 24 नवं 2026, 14:05
const MONTHS_HI = "जन फ़र मार्च अप्रैल मई जून जुला अग सितं अक्टू नवं दिसं".split(" ");
const MONTHS_EN = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const CLOCK = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata", day: "numeric", month: "numeric", year: "numeric", hour: "2-digit", minute: "2-digit",
});

export class Versions {
  private readonly box = find<HTMLDetailsElement>("#flow-versions");
  private readonly body = find<HTMLElement>("#flow-versions-body");

  private readonly editor: Editor;

  constructor(editor: Editor) {
    this.editor = editor;
    this.box.addEventListener("toggle", () => { if (this.box.open) void this.load(); });
  }

  async load(): Promise<void> {
    if (!this.box.open) return;
    const { opened } = this.editor;
    const base = `/api/v1/flows/${opened.flow_id}`;
    const [releases, saves] = await Promise.all([
      ask<Release[]>(`${base}/releases`),
      opened.draft ? ask<Save[]>(`${base}/saves`) : Promise.resolve([]),
    ]);
    this.body.replaceChildren(...this.released(releases), ...this.saved(saves), ...this.compare(releases));
  }

  private released(releases: Release[]): HTMLElement[] {
    if (releases.length === 0) return [el("p", { class: "hint" }, t("Nothing was published here yet."))];
    const rows = releases.map((one) => el("tr", {},
      el("td", {}, el("a", { href: `/flows/${this.editor.opened.flow_id}/yaml?version=${one.version}`, download: true }, el("code", {}, one.version))),
      el("td", {}, when(one.published_at)), el("td", {}, one.authors.join(", ")), el("td", {}, one.approved_by)));
    return [el("h3", {}, t("Published versions")), table([t("Version"), t("When"), t("Written by"), t("Approved by")], rows)];
  }

  private saved(saves: Save[]): HTMLElement[] {
    if (saves.length === 0) return [];
    const rows = saves.map((one) => el("tr", {}, el("td", {}, String(one.revision)), el("td", {}, when(one.saved_at)), el("td", {}, one.saved_by),
      el("td", {}, el("button", { type: "button", class: "quiet", click: () => void this.bringBack(one.revision) }, t("Bring back")))));
    return [el("h3", {}, t("Saves of this draft")), table([t("No."), t("When"), t("Who"), ""], rows)];
  }

  // The document as it was; it is saved like any other edit, so nothing is lost.
  private async bringBack(revision: number): Promise<void> {
    const was = await ask<{ document: Doc; layout: Layout }>(`/api/v1/flows/${this.editor.opened.flow_id}/saves/${revision}`);
    this.editor.commit(was.document, { layout: was.layout });
  }

  private compare(releases: Release[]): HTMLElement[] {
    const { opened } = this.editor;
    const known: [string, string][] = releases.map((one) => [one.version, one.version]);
    if (opened.is_published) known.unshift(["published", t("published now")]);
    if (opened.draft) known.push(["draft", t("the draft as it was saved")]);
    if (known.length < 2) return [];
    const [old, young] = [options(known, known[0]?.[0] ?? ""), options(known, known.at(-1)?.[0] ?? "")];
    old.id = "diff-old";
    young.id = "diff-new";
    old.setAttribute("aria-label", t("Older version"));
    young.setAttribute("aria-label", t("Newer version"));
    const found = el("div", { id: "flow-diff" });
    const show = async (): Promise<void> => {
      const asked = new URLSearchParams({ old: old.value, new: young.value });
      try {
        found.replaceChildren(differences(await ask<Change[]>(`/api/v1/flows/${opened.flow_id}/diff?${asked.toString()}`)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        found.textContent = refusalLabel(error.id);
      }
    };
    return [el("h3", {}, t("What differs")), el("div", { class: "row" }, old, young,
      el("button", { type: "button", id: "diff-show", click: () => void show() }, t("Compare"))), found];
  }
}

export function differences(found: Change[]): HTMLElement {
  if (found.length === 0) return el("p", { class: "hint" }, t("Nothing differs."));
  const rows = found.map((one) => el("tr", {},
    el("td", {}, one.node ? el("code", {}, one.node) : t("the flow itself"), one.key ? ` ${one.key}` : ""),
    el("td", { class: "before" }, shown(one.before)), el("td", { class: "after" }, shown(one.after))));
  return table([t("Where"), t("Before"), t("After")], rows);
}

export function when(at: string): string {
  const months = document.documentElement.lang === "hi" ? MONTHS_HI : MONTHS_EN;
  const parts: Record<string, string> = {};
  for (const { type, value } of CLOCK.formatToParts(new Date(at))) parts[type] = value;
  return `${parts.day} ${months[Number(parts.month) - 1]} ${parts.year}, ${parts.hour}:${parts.minute}`;
}

export function whoSaved(draft: Draft): string {
  return t("%(who)s, %(when)s", { who: draft.saved_by, when: when(draft.saved_at) });
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function table(heads: string[], rows: HTMLElement[]): HTMLElement {
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows)));
}

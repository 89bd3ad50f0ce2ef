// A call at the keypad: the server walks the flow, this plays it and takes the keys.
import { t } from "../texts.ts";
import { type Given, type Heard, type Trial, Refused, ask } from "./api.ts";
import { el, find } from "./dom.ts";
import type { Editor } from "./editor.ts";
import { refusalLabel } from "./labels.ts";
import { playClips, stopSound } from "./sound.ts";

type Event_ = { kind: string; keys?: string; terminated?: boolean; seconds?: number; key?: string };

const BETWEEN_KEYS_MS = 2500; // core.flow_model.Ask

export class Keypad {
  private readonly dialog = find<HTMLDialogElement>("#flow-trial");
  private readonly said = find<HTMLElement>("#trial-said");
  private readonly asks = find<HTMLElement>("#trial-asks");
  private readonly answers = find<HTMLElement>("#trial-answers");
  private events: Event_[] = [];
  private trial: Trial | null = null;
  private typed = "";
  private timer = 0;
  private turn = 0;
  // Takes the keys while the flow plays somewhere else: on one's own phone.
  elsewhere: ((key: string) => void) | null = null;

  private readonly editor: Editor;
  private readonly showNode: (name: string) => void;

  constructor(editor: Editor, showNode: (name: string) => void) {
    this.editor = editor;
    this.showNode = showNode;
    const pad = find<HTMLElement>("#trial-pad");
    for (const key of [..."123456789*0#"]) {
      pad.append(el("button", { type: "button", "data-key": key, click: () => this.press(key) }, key));
    }
    this.dialog.addEventListener("close", () => this.end());
    this.dialog.addEventListener("keydown", (event) => {
      if (/^[0-9*#]$/.test(event.key)) this.press(event.key);
    });
    find("#trial-close").addEventListener("click", () => this.dialog.close());
    find("#trial-again").addEventListener("click", () => void this.begin());
  }

  open(): void {
    this.dialog.showModal();
    void this.begin();
  }

  private async begin(): Promise<void> {
    this.clear();
    await this.go();
  }

  // End what plays here: the flow is to be heard elsewhere.
  clear(): void {
    this.end();
    this.elsewhere = null;
    this.events = [];
    this.trial = null;
    this.said.replaceChildren();
    this.answers.replaceChildren();
    this.asks.replaceChildren();
  }

  // Show a call that plays elsewhere.
  follow(heard: Heard[], answers: Given[]): void {
    this.said.replaceChildren(...heard.map(saidAt));
    this.said.lastElementChild?.scrollIntoView({ block: "nearest" });
    this.answers.replaceChildren(...answers.map(given));
    const last = heard.at(-1)?.node;
    if (last) this.showNode(last);
    this.dialog.dataset.path = heard.map((one) => one.node).join(" ");
  }

  private end(): void {
    window.clearTimeout(this.timer);
    this.turn += 1;
    stopSound();
  }

  private press(key: string): void {
    if (this.elsewhere) { this.elsewhere(key); return; }
    const trial = this.trial;
    if (!trial || trial.waits === "nothing") return;
    if (trial.waits === "speech") { void this.happened({ kind: "speech", seconds: 2, key }); return; }
    if (trial.waits !== "keys") return;
    stopSound();
    window.clearTimeout(this.timer);
    if (key === "#") { void this.happened({ kind: "keys", keys: this.typed, terminated: true }); return; }
    this.typed += key;
    this.asks.textContent = this.typed;
    if (this.typed.length >= trial.max_digits) void this.happened({ kind: "keys", keys: this.typed });
    else this.timer = window.setTimeout(() => void this.happened({ kind: "keys", keys: this.typed }), BETWEEN_KEYS_MS);
  }

  private async happened(event: Event_): Promise<void> {
    this.events.push(event);
    await this.go();
  }

  // Ask where the flow is now; play what is said there; then wait for the person.
  private async go(): Promise<void> {
    this.end();
    const turn = this.turn;
    this.typed = "";
    this.asks.textContent = "";
    try {
      const trial = await ask<Trial>(`/api/v1/flows/${this.editor.opened.flow_id}/trial`, "POST", {
        document: this.editor.doc, events: this.events, language: "hi",
        ...(this.trial ? { began_at: this.trial.began_at } : {}),
      });
      if (turn !== this.turn) return;
      this.trial = trial;
      this.show(trial);
      const whole = await playClips(trial.heard.flatMap((one) => one.clips));
      if (whole && turn === this.turn) this.silence(trial, turn);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.asks.replaceChildren(el("p", { class: "alarm" }, error.id === "bad_input" ? error.message : refusalLabel(error.id)));
    }
  }

  private silence(trial: Trial, turn: number): void {
    if (trial.waits !== "keys" || this.typed !== "") return;
    this.timer = window.setTimeout(() => {
      if (turn === this.turn) void this.happened({ kind: "keys", keys: "" });
    }, trial.timeout_s * 1000);
  }

  private show(trial: Trial): void {
    this.said.append(...trial.heard.map(saidAt));
    this.said.lastElementChild?.scrollIntoView({ block: "nearest" });
    const last = trial.path.at(-1);
    if (last) this.showNode(last);
    this.dialog.dataset.path = trial.path.join(" ");
    this.answers.replaceChildren(...trial.answers.map(given));
    this.asks.replaceChildren(...this.wanted(trial));
  }

  private wanted(trial: Trial): HTMLElement[] {
    const button = (label: string, event: Event_): HTMLElement =>
      el("button", { type: "button", click: () => void this.happened(event) }, label);
    if (trial.stopped) return [el("p", { class: "alarm" }, t("It stops here: a way leads nowhere.")), el("small", {}, trial.stopped)];
    switch (trial.waits) {
      case "speech":
        return [button(t("I have spoken"), { kind: "speech", seconds: 3 }), button(t("I say nothing"), { kind: "speech", seconds: 0 })];
      case "offer":
        return [el("p", {}, t("Will a telecaller be free in time?")), button(t("Yes"), { kind: "allowed" }), button(t("No"), { kind: "held" })];
      case "telecaller":
        return [el("p", {}, t("The call goes to a telecaller.")), button(t("They have talked"), { kind: "talked", seconds: 60 }), button(t("Nobody was free"), { kind: "nobody" })];
      case "nothing":
        return [el("p", {}, trial.completed ? t("The call has ended: completed.") : t("The call has ended."))];
      default:
        return [];
    }
  }
}

function saidAt(one: Heard): HTMLElement {
  return el("li", {}, el("code", {}, one.node), ` `,
    el("span", { lang: "hi" }, one.clips.map((clip) => clip.text).join(" ")));
}

function given(one: Given): HTMLElement {
  return el("tr", {},
    el("td", {}, el("code", {}, one.node)), el("td", {}, one.kind === "speech" ? t("spoken") : one.value),
    el("td", {}, one.accepted ? one.meaning : t("not accepted")));
}

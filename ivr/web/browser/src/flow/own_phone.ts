// The flow on one's own phone: has it rung, and shows the call as it goes on.
import type { PhonePanel } from "../desk_phone.ts";
import { t } from "../texts.ts";
import { type TrialCall, type TrialCalls, Refused, ask } from "./api.ts";
import { el, find } from "./dom.ts";
import { refusalLabel } from "./labels.ts";
import type { Keypad } from "./trial.ts";

const WAIT_S = 20;
const AGAIN_MS = 2000; // after a connection that broke

export class OwnPhone {
  private readonly which = find<HTMLSelectElement>("#trial-which");
  private readonly ring = find<HTMLButtonElement>("#trial-ring");
  private readonly hangUp = find<HTMLButtonElement>("#trial-hang-up");
  private readonly said = find<HTMLElement>("#trial-call-said");
  private readonly path: string;
  private readonly keypad: Keypad;
  private readonly saved: () => Promise<number>;
  private panel: PhonePanel | null = null;
  private isFollowing = false;

  // `saved` saves what is not saved yet and returns the revision.
  constructor(base: string, keypad: Keypad, saved: () => Promise<number>) {
    this.path = `${base}/trial-call`;
    this.keypad = keypad;
    this.saved = saved;
    this.ring.addEventListener("click", () => void this.begin());
    this.hangUp.addEventListener("click", () => void ask(this.path, "DELETE").catch((error: unknown) => this.failed(error)));
  }

  async open(): Promise<void> {
    try {
      if (!this.panel && document.querySelector(".own-phone")) {
        const { PhonePanel } = await import("../desk_phone.ts");
        this.panel = new PhonePanel();
        void this.panel.open();
      }
      const now = await ask<TrialCalls>(this.path);
      this.phones(now);
      if (now.call && now.call.phase !== "over") void this.follow();
    } catch (error) {
      this.failed(error);
    }
  }

  private phones(now: TrialCalls): void {
    find("#trial-none").hidden = now.phones.length > 0;
    find("#trial-call").hidden = now.phones.length === 0;
    const before = this.which.value;
    this.which.replaceChildren(...now.phones.map((one) => el("option", { value: one.phone }, phoneLabel(one.phone, one.about))));
    if (before) this.which.value = before;
    this.left(now);
  }

  private left(now: TrialCalls): void {
    find("#trial-left").textContent = now.phones.length === 0 ? "" : t("Calls left in this hour: %(left)s of %(most)s.", { left: now.left, most: now.most });
  }

  private async begin(): Promise<void> {
    this.ring.disabled = true;
    this.say("");
    try {
      const phone = this.which.value;
      if (phone === "browser" && !(await this.panel?.ready())) {
        this.say(t("The phone in this page is not ready: see what it says above."), true);
        return;
      }
      const isFree = find<HTMLInputElement>("#trial-free").checked;
      const body = { revision: await this.saved(), phone, telecaller_is_free: isFree };
      this.show(await ask<TrialCall>(this.path, "POST", body));
      void this.follow();
    } catch (error) {
      this.failed(error);
    } finally {
      this.ring.disabled = false;
    }
  }

  // Show the call until it is over; each answer comes when something has changed.
  private async follow(): Promise<void> {
    if (this.isFollowing) return;
    this.isFollowing = true;
    this.keypad.clear();
    this.keypad.elsewhere = (key) => this.panel?.press(key);
    try {
      let seen = 0;
      while (true) {
        try {
          const now = await ask<TrialCalls>(`${this.path}?seen=${seen}&wait=${WAIT_S}`);
          this.left(now);
          if (!now.call) return;
          if (now.call.step !== seen) this.show(now.call);
          if (now.call.phase === "over") return;
          seen = now.call.step;
        } catch (error) {
          if (error instanceof Refused) { this.failed(error); return; }
          this.say(t("No connection. Nothing is lost: try again."), true);
          await new Promise((next) => setTimeout(next, AGAIN_MS));
        }
      }
    } finally {
      this.isFollowing = false;
      this.keypad.elsewhere = null;
    }
  }

  private show(call: TrialCall): void {
    const isOver = call.phase === "over";
    this.ring.hidden = !isOver;
    this.hangUp.hidden = isOver;
    this.said.dataset.phase = call.phase;
    this.said.dataset.node = call.node;
    this.said.dataset.ended = call.ended ?? "";
    this.say(words(call), isOver && call.ended !== "completed" && call.ended !== "hung_up" && call.ended !== "stopped");
    this.keypad.follow(call.heard, call.answers);
  }

  private say(text: string, isWrong = false): void {
    this.said.textContent = text;
    this.said.className = isWrong ? "alarm" : "";
  }

  private failed(error: unknown): void {
    if (!(error instanceof Refused)) { this.say(t("No connection. Nothing is lost: try again."), true); return; }
    this.say(error.id === "bad_input" ? error.message : refusalLabel(error.id), true);
  }
}

function phoneLabel(phone: string, about: string): string {
  switch (phone) {
    case "browser": return t("My phone in this page");
    case "softphone": return t("My softphone");
    default: return t("My mobile %(number)s", { number: about });
  }
}

function words(call: TrialCall): string {
  switch (call.phase) {
    case "preparing": return t("New texts are being spoken …");
    case "ringing": return t("Your phone is ringing …");
    case "playing": return call.phone === "browser"
      ? t("You hear the flow in this page. Press the keys above.")
      : t("You hear the flow on your phone. Press the keys there.");
    default: return ending(call);
  }
}

function ending(call: TrialCall): string {
  switch (call.ended) {
    case "completed": return t("The call has ended: completed.");
    case "hung_up": return t("You hung up.");
    case "stopped": return t("The call was hung up from this page.");
    case "not_answered": return t("Nobody took the phone up. Is it switched on and connected?");
    case "no_sound": return t("No voice can speak this: %(text)s", { text: call.problem });
    default: return t("The call broke off.");
  }
}

// The desk's phone panel: says in words what the phone is doing and what to do about
// it, checks the microphone, and begins the shift. phone.ts does the work.
import htmx from "htmx.org";
import { NoMicrophone } from "./microphone.ts";
import { Phone, type PhoneNews } from "./phone.ts";
import { remedy } from "./remedies.ts";
import { t } from "./texts.ts";

interface Account {
  readonly address: string;
  readonly secret: string;
  readonly ice_servers: readonly RTCIceServer[];
}

const REGISTERED_WITHIN_MS = 15_000;

function find<T extends HTMLElement>(selector: string): T | null {
  return document.querySelector<T>(selector);
}

export class PhonePanel {
  #phone: Phone | undefined;
  #stopMeter: () => void = () => {};

  /** Wire the panel's buttons; a desk that works by this page's phone goes on. */
  async open(): Promise<void> {
    document.addEventListener("click", (event) => {
      const button = (event.target as HTMLElement).closest<HTMLElement>("[data-phone-act]");
      if (button) void this.#act(button.dataset.phoneAct ?? "", button);
    });
    if (find('[data-uses="browser"]')) await this.#resume();
  }

  /** Have microphone and connection, so that this page can be rung. */
  async ready(): Promise<boolean> {
    const phone = await this.#microphone();
    return phone !== undefined && (await registered(phone));
  }

  /** Send keys into the call, if there is one. */
  press(keys: string): void {
    this.#phone?.press(keys);
  }

  async #resume(): Promise<void> {
    await this.#microphone(); // the panel says what is wrong
  }

  async #act(what: string, button: HTMLElement): Promise<void> {
    switch (what) {
      case "begin":
        return this.#begin(button);
      case "check":
        return this.#check();
      case "echo":
        return this.#echo();
      case "mute":
        return this.#mute(button);
      case "key":
        this.#phone?.press(button.dataset.digit ?? "");
    }
  }

  async #started(): Promise<Phone> {
    if (this.#phone) return this.#phone;
    const answer = await fetch("/desk/phone", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`phone account: ${answer.status}`);
    const { address, secret, ice_servers: iceServers } = (await answer.json()) as Account;
    const phone = new Phone({ address, secret, iceServers, wss: `wss://${location.host}/phone`, doesServerTakePhones });
    this.#phone = phone;
    phone.listen((news) => this.#show(news));
    phone.start();
    return phone;
  }

  async #microphone(): Promise<Phone | undefined> {
    try {
      const phone = await this.#started();
      await phone.openMicrophone();
      this.#meter(phone);
      return phone;
    } catch (error) {
      if (!(error instanceof NoMicrophone)) this.#say(t("The phone could not be started. Load the page again."), true);
      return undefined;
    }
  }

  async #begin(button: HTMLElement): Promise<void> {
    button.setAttribute("disabled", "");
    try {
      if (!(await this.ready())) return;
      await htmx.ajax("post", "/desk/log-in", { swap: "none", values: { phone: "browser" } });
    } finally {
      button.removeAttribute("disabled");
    }
  }

  async #check(): Promise<void> {
    if (await this.#microphone()) this.#say(t("Speak: the bar must move."), false);
  }

  async #echo(): Promise<void> {
    const phone = await this.#microphone();
    if (!phone || !(await registered(phone))) return;
    this.#say(t("Speak: you hear yourself for 20 seconds."), false);
    await phone.echoTest();
    this.#say(t("The phone works."), false);
  }

  #mute(button: HTMLElement): void {
    const phone = this.#phone;
    if (!phone) return;
    phone.mute(!phone.isMuted);
    button.setAttribute("aria-pressed", String(phone.isMuted));
  }

  #meter(phone: Phone): void {
    this.#stopMeter();
    const bar = find<HTMLMeterElement>("[data-phone-level]");
    if (bar) this.#stopMeter = phone.watchMicrophone((level) => (bar.value = level));
  }

  #show(news: PhoneNews): void {
    document.body.dataset.phone = news.state;
    if (news.reason) {
      this.#say(remedy(news.reason), true);
      if (news.reason === "certificate_not_trusted") this.#showHow();
      return;
    }
    const words: Record<string, string> = {
      off: "",
      connecting: t("The phone is connecting …"),
      registered: t("The phone is connected."),
      up: t("Your line is open."),
    };
    this.#say(words[news.state] ?? "", false);
  }

  #showHow(): void {
    const link = document.createElement("a");
    link.href = "/trust";
    link.target = "_blank"; // the desk stays open
    link.rel = "noopener";
    link.textContent = t("How to install it");
    find("[data-phone-said]")?.append(" ", link);
  }

  #say(text: string, isWrong: boolean): void {
    const said = find("[data-phone-said]");
    if (!said) return;
    said.textContent = text;
    said.classList.toggle("alarm", isWrong);
  }
}

async function registered(phone: Phone): Promise<boolean> {
  const end = Date.now() + REGISTERED_WITHIN_MS;
  while (Date.now() < end) {
    const { state, isConnected } = phone.news;
    if (isConnected && (state === "registered" || state === "up")) return true;
    await new Promise((next) => setTimeout(next, 100));
  }
  return false;
}

async function doesServerTakePhones(): Promise<boolean | null> {
  try {
    return (await fetch("/desk/phone")).ok;
  } catch {
    return null;
  }
}

// Prompts: play one, hear a text before it is kept, record with the microphone or take
// a file. Whatever the browser can decode becomes a WAV; the server puts level and
// format right.
import { close, meter, NoMicrophone, openMicrophone } from "../microphone.ts";
import { send } from "../post.ts";
import { remedy } from "../remedies.ts";
import { loadTexts, t } from "../texts.ts";
import { mono, wavOf } from "../wav.ts";

// A recording is levelled afterwards: what makes speech of an office fit for a call spoils it.
const AS_IT_IS: MediaTrackConstraints = { channelCount: 1, echoCancellation: false, autoGainControl: false };
const TOO_MUCH = 429;
const player = new Audio();
let playing: HTMLElement | null = null;

function play(address: string, button: HTMLElement | null): void {
  const again = playing === button && !player.paused;
  playing?.classList.remove("on");
  player.pause();
  if (again) return;
  playing = button;
  button?.classList.add("on");
  player.src = address;
  void player.play();
}
player.addEventListener("ended", () => playing?.classList.remove("on"));
document.addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLElement>("[data-play]");
  if (button?.dataset.play) play(button.dataset.play, button);
});

class Maker {
  readonly root: HTMLElement;
  readonly form: HTMLFormElement;
  recorder: MediaRecorder | null = null;
  take: Uint8Array<ArrayBuffer> | null = null;

  constructor(root: HTMLElement) {
    this.root = root;
    this.form = this.part<HTMLFormElement>("form");
    this.part("[data-say]").addEventListener("click", () => void this.say());
    this.part("[data-record]").addEventListener("click", () => void this.record());
    this.part("[data-keep]").addEventListener("click", () => void this.keep());
    const file = this.part<HTMLInputElement>("[data-file]");
    file.addEventListener("change", () => {
      const chosen = file.files?.[0];
      if (chosen) void this.took(chosen);
      file.value = "";
    });
  }

  part<T extends HTMLElement>(selector: string): T {
    const found = this.root.querySelector<T>(selector);
    if (!found) throw new Error(`the page has no ${selector}`);
    return found;
  }

  tell(text: string, isWrong = false): void {
    const place = this.part("[data-said]");
    place.hidden = text === "";
    place.textContent = text;
    place.classList.toggle("alarm", isWrong);
  }

  async say(): Promise<void> {
    if (!this.form.reportValidity()) return;
    this.tell(t("The voice is being made …"));
    const body = new URLSearchParams();
    new FormData(this.form).forEach((value, name) => {
      if (typeof value === "string") body.append(name, value);
    });
    const answer = await send("/prompts/say", body);
    if (answer.status === TOO_MUCH) return this.tell(t("Too many new texts at once. Please wait half a minute."), true);
    if (!answer.ok) return this.tell(t("The voice could not say this."), true);
    this.tell("");
    play(URL.createObjectURL(await answer.blob()), null);
  }

  async record(): Promise<void> {
    if (this.recorder) return this.recorder.stop();
    if (!this.form.reportValidity()) return;
    let microphone: MediaStream;
    try {
      microphone = await openMicrophone(AS_IT_IS);
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error;
      this.tell(remedy(error.reason), true);
      return;
    }
    this.tell("");
    const parts: Blob[] = [];
    const recorder = new MediaRecorder(microphone);
    this.recorder = recorder;
    const still = this.watch(microphone);
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      this.recorder = null;
      still();
      close(microphone);
      this.part("[data-record]").textContent = t("Record");
      void this.took(new Blob(parts, { type: recorder.mimeType }));
    });
    this.part("[data-record]").textContent = t("Stop recording");
    recorder.start();
  }

  // Shows how loud it is and how long; ends a recording that is too long.
  watch(microphone: MediaStream): () => void {
    const level = this.part<HTMLMeterElement>("[data-level]");
    const clock = this.part("[data-clock]");
    const most = Number(this.root.dataset.mostSeconds ?? "60");
    const began = Date.now();
    level.hidden = false;
    const still = meter(microphone, (loudness) => {
      level.value = loudness;
      const seconds = (Date.now() - began) / 1000;
      clock.textContent = `${seconds.toFixed(0)} s`;
      if (seconds >= most) this.recorder?.stop();
    });
    return () => {
      still();
      level.hidden = true;
    };
  }

  async took(sound: Blob): Promise<void> {
    const context = new AudioContext();
    try {
      const decoded = await context.decodeAudioData(await sound.arrayBuffer());
      const channels = Array.from({ length: decoded.numberOfChannels }, (_, n) => decoded.getChannelData(n));
      this.take = wavOf(mono(channels), decoded.sampleRate);
    } catch {
      this.tell(t("This is no sound that the browser can read."), true);
      return;
    } finally {
      void context.close();
    }
    this.tell("");
    const place = this.part("[data-take]");
    place.hidden = false;
    this.part<HTMLAudioElement>("[data-take] audio").src = URL.createObjectURL(
      new Blob([this.take], { type: "audio/wav" }),
    );
  }

  async keep(): Promise<void> {
    if (!this.take || !this.form.reportValidity()) return;
    const given = new FormData(this.form);
    const asked = new URLSearchParams({
      text: String(given.get("text") ?? ""),
      language: String(given.get("language") ?? "hi"),
    });
    const wav = { "Content-Type": "audio/wav", Accept: "application/json" };
    const answer = await send(`/prompts/recording?${asked}`, this.take, wav);
    if (answer.ok) {
      const { address } = (await answer.json()) as { address: string };
      location.assign(address);
      return;
    }
    this.tell(t("The recording was not taken: too long, too quiet, or its text cannot be spoken."), true);
  }
}

void loadTexts().then(() => {
  document.querySelectorAll<HTMLElement>("[data-prompt-maker]").forEach((root) => new Maker(root));
});

// The telecaller's phone in a page: SIP over a secure WebSocket, voice by WebRTC.
//
// It takes one kind of call: the leg that Samvad rings after the telecaller has
// logged in with phone "browser". That leg is answered without asking and stays up
// while voters come and go on it. The phone dials nobody; the server would not let
// it. It shows nothing and holds no words: the page listens and tells people.
//
//   const phone = new Phone({ wss, address, secret });
//   phone.listen((news) => show(news));       // { state, reason, legId, isConnected }
//   await phone.openMicrophone();             // inside a click: asks for permission
//   const stop = phone.watchMicrophone((level) => bar.value = level);   // 0 to 1
//   phone.start();                            // connects, registers, comes back by itself
//   await phone.echoTest();                   // hear yourself, before logging in
//   …then POST /api/v1/desks/ID/login {"phone": "browser"}: state becomes "up".
//   phone.mute(true); phone.press("12#"); phone.stop();
//
// States and reasons are in phone_state.ts. `news.state === "down"` always comes with
// a reason, and each reason has one remedy that the page should name. A lost
// connection is tried again for ever, after one to four seconds each time.
//
// Sound is played by the phone itself. If the page is left or reloaded, the leg is
// given back at once; the server rings again as soon as the page has registered.

import { UA } from "jssip";
import type { RTCSessionEvent } from "jssip/lib/UA";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest } from "jssip/lib/SIPMessage";
import { close, meter, NoMicrophone, openMicrophone, SPEECH } from "./microphone.ts";
import { Link } from "./phone_link.ts";
import {
  advance,
  keysOf,
  looked,
  NOTHING_YET,
  OFF,
  whyLost,
  type Arrivals,
  type PhoneEvent,
  type PhoneNews,
} from "./phone_state.ts";

export type { PhoneNews } from "./phone_state.ts";

export interface PhoneSettings {
  readonly wss: string; // wss://HOST:PORT/ws
  readonly address: string; // the SIP user: the telecaller's address with "-web"
  readonly secret: string;
  readonly iceServers?: readonly RTCIceServer[]; // TURN, where the office needs it
  readonly sound?: MediaTrackConstraints; // default: SPEECH of microphone.ts
  /** Ask the page's own server whether it takes phones now; null when not known. */
  readonly doesServerTakePhones?: () => Promise<boolean | null>;
}

const LEG_HEADER = "X-Samvad-Leg";
const ECHO_S = 24; // four of a sentence, then one's own voice
const TRY_AGAIN_S = [1, 4] as const;
const REGISTER_AGAIN_MS = 10_000;
const LOOK_MS = 1000;
// Asterisk asks every 10 s whether we are there; we ask when it is quiet for so long,
const QUIET_MS = 5000;
// and take the connection for dead after this.
const DEAD_MS = 9000;
// Seconds without a packet. Asterisk sends silence too, so none at all is a fault.
const NO_SOUND_S = 4;
// The server gives the leg up after 9 s without ours; so long it may come back.
const LEG_DEAD_S = 12;
const CANDIDATES_MS = 500; // then the call goes on with those that were found

export class Phone {
  readonly #settings: PhoneSettings;
  readonly #listeners = new Set<(news: PhoneNews) => void>();
  #news: PhoneNews = OFF;
  #ua: UA | null = null;
  #link: Link | null = null;
  #microphone: MediaStream | null = null;
  #isMuted = false;
  #leg: RTCSession | null = null;
  #echo: RTCSession | null = null;
  #wasEverConnected = false;
  #arrivals: Arrivals = NOTHING_YET;
  #watch: ReturnType<typeof setInterval> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #speaker = new Audio();

  constructor(settings: PhoneSettings) {
    this.#settings = settings;
    this.#speaker.autoplay = true;
  }

  get news(): PhoneNews {
    return this.#news;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** What the other side sends, while there is a leg or an echo test. */
  get heard(): MediaStream | null {
    return this.#speaker.srcObject instanceof MediaStream ? this.#speaker.srcObject : null;
  }

  /** Call `tell` now and at every change; the result ends that. */
  listen(tell: (news: PhoneNews) => void): () => void {
    this.#listeners.add(tell);
    tell(this.#news);
    return () => this.#listeners.delete(tell);
  }

  // Microphone

  /** Open the microphone that the browser has now. Raises NoMicrophone; news has it too. */
  async openMicrophone(): Promise<void> {
    try {
      await this.#use(await openMicrophone(this.#settings.sound ?? SPEECH));
    } catch (error) {
      if (error instanceof NoMicrophone) {
        this.#take({ kind: "broken", reason: error.reason });
      }
      throw error;
    }
  }

  /** Tell how loud the microphone is, 0 to 1; the result ends that. */
  watchMicrophone(tell: (level: number) => void): () => void {
    return this.#microphone === null ? () => {} : meter(this.#microphone, tell);
  }

  async #use(fresh: MediaStream): Promise<void> {
    const [track] = fresh.getAudioTracks();
    if (track === undefined) return;
    track.enabled = !this.#isMuted;
    track.onended = () => void this.#microphoneGone(track);
    for (const session of [this.#leg, this.#echo]) {
      const [sender] = session?.connection?.getSenders() ?? [];
      await sender?.replaceTrack(track);
    }
    close(this.#microphone);
    this.#microphone = fresh;
    this.#take({ kind: "mended" });
  }

  /** A headset was pulled out in the middle: another microphone takes over. */
  async #microphoneGone(track: MediaStreamTrack): Promise<void> {
    if (this.#microphone?.getAudioTracks()[0] !== track) return;
    await this.openMicrophone().catch(() => {}); // news says what is wrong
  }

  // The connection

  /** Connect and register; from then on the phone comes back by itself. */
  start(): void {
    if (this.#ua !== null) return;
    const { wss, address, secret } = this.#settings;
    const link = new Link(wss);
    const ua = new UA({
      sockets: link.asSocket(),
      uri: `sip:${address}@${new URL(wss).hostname}`,
      password: secret,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: TRY_AGAIN_S[0],
      connection_recovery_max_interval: TRY_AGAIN_S[1],
      user_agent: "Samvad page",
    });
    ua.on("disconnected", () => void this.#lost());
    ua.on("registered", () => {
      this.#wasEverConnected = true;
      this.#take({ kind: "registered" });
    });
    ua.on("registrationFailed", ({ response }) => this.#notRegistered(response?.status_code));
    ua.on("newRTCSession", ({ originator, session, request }: RTCSessionEvent) => {
      if (`${originator}` === "remote") this.#rung(session, request as IncomingRequest);
    });
    this.#link = link;
    this.#ua = ua;
    this.#take({ kind: "started" });
    window.addEventListener("offline", this.#offline);
    window.addEventListener("pagehide", this.#leaving);
    this.#watch = setInterval(() => void this.#look(), LOOK_MS);
    void this.#connect(ua);
  }

  /** Connect once the microphone is there or refused: who registers can be rung. */
  async #connect(ua: UA): Promise<void> {
    if (this.#microphone === null) {
      await this.openMicrophone().catch(() => {}); // news says what is wrong
    }
    if (this.#ua === ua) ua.start();
  }

  /** Give the leg back, sign off and let go of the microphone. */
  stop(): void {
    window.removeEventListener("offline", this.#offline);
    window.removeEventListener("pagehide", this.#leaving);
    clearInterval(this.#watch);
    clearTimeout(this.#again);
    this.#ua?.stop();
    this.#ua = this.#link = this.#leg = this.#echo = null;
    close(this.#microphone);
    this.#microphone = null;
    this.#take({ kind: "stopped" });
  }

  readonly #offline = (): void => this.#link?.giveUp();
  readonly #leaving = (): void => this.stop();

  async #lost(): Promise<void> {
    const ask = this.#settings.doesServerTakePhones;
    const facts = { isOnline: navigator.onLine, wasEverConnected: this.#wasEverConnected };
    const serverTakesPhones = ask ? await ask().catch(() => null) : null;
    if (this.#ua === null || this.#ua.isRegistered()) return;
    this.#take({ kind: "lost", reason: whyLost({ ...facts, serverTakesPhones }) });
  }

  #notRegistered(status: number | undefined): void {
    if (this.#ua === null) return;
    if (status === 401 || status === 403 || status === 404) {
      this.#take({ kind: "refused" });
      return;
    }
    // Asterisk is starting, or the answer was lost: JsSIP leaves it at that.
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      if (this.#ua?.isConnected()) this.#ua.register();
    }, REGISTER_AGAIN_MS);
  }

  async #look(): Promise<void> {
    const quiet = performance.now() - (this.#link?.heardAt ?? 0);
    if (this.#link?.isConnected()) {
      if (quiet > DEAD_MS) this.#link.giveUp();
      else if (quiet > QUIET_MS) this.#askWhetherThere();
    }
    if (this.#leg !== null) await this.#listenIn(this.#leg);
  }

  #askWhetherThere(): void {
    // Left out of JsSIP's types. Any answer at all will do, a refusal too.
    const ua = this.#ua as unknown as { sendOptions(target: string): void } | null;
    ua?.sendOptions(`sip:${this.#host()}`);
  }

  #host(): string {
    return new URL(this.#settings.wss).hostname;
  }

  // The leg

  #rung(session: RTCSession, request: IncomingRequest): void {
    const legId = request.getHeader(LEG_HEADER);
    if (legId === undefined || this.#microphone === null) {
      session.terminate({ status_code: legId === undefined ? 403 : 480 });
      return;
    }
    // The server rings again only when it knows that the former leg is gone.
    this.#end(this.#leg);
    this.#end(this.#echo);
    this.#leg = session;
    this.#arrivals = NOTHING_YET;
    this.#follow(session, () => this.#legEnded(session));
    session.on("confirmed", () => {
      if (this.#leg === session) this.#take({ kind: "leg_up", legId });
    });
    session.answer(this.#media());
    // `answer` makes the connection at once, and tells of it before it returns.
    this.#play(session);
  }

  #legEnded(session: RTCSession): void {
    if (this.#leg !== session) return;
    this.#leg = null;
    this.#speaker.srcObject = null;
    this.#take({ kind: "leg_down" });
  }

  #media(): { mediaStream: MediaStream; pcConfig: RTCConfiguration } {
    if (this.#microphone === null) throw new NoMicrophone("no_microphone");
    const iceServers = [...(this.#settings.iceServers ?? [])];
    return { mediaStream: this.#microphone, pcConfig: { iceServers } };
  }

  #follow(session: RTCSession, ended: () => void): void {
    session.on("ended", ended);
    session.on("failed", ended);
    let timer: ReturnType<typeof setTimeout> | undefined;
    session.on("icecandidate", ({ ready }) => {
      // A TURN server that does not answer must not hold up the call.
      timer ??= setTimeout(ready, CANDIDATES_MS);
    });
  }

  #play(session: RTCSession): void {
    session.connection?.addEventListener("track", ({ track, streams }) => {
      this.#speaker.srcObject = streams[0] ?? new MediaStream([track]);
      void this.#speaker.play().catch(() => {}); // autoplay: allowed while capturing
    });
  }

  /** Judge by the count of packets whether the other side is heard. */
  async #listenIn(leg: RTCSession): Promise<void> {
    if (!leg.isEstablished()) return;
    const packets = await packetsOf(leg.connection);
    if (this.#leg !== leg) return;
    this.#arrivals = looked(this.#arrivals, packets);
    const { stillFor } = this.#arrivals;
    if (stillFor >= LEG_DEAD_S) this.#end(leg);
    else if (stillFor >= NO_SOUND_S) this.#take({ kind: "broken", reason: "no_sound" });
    else if (stillFor === 0 && this.#news.reason === "no_sound") this.#take({ kind: "mended" });
  }

  #end(session: RTCSession | null): void {
    if (session !== null && !session.isEnded()) session.terminate();
  }

  // What a telecaller does

  /** Send nothing of the microphone, also on later legs, until it is taken back. */
  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !isMuted;
    this.#tell();
  }

  /** Send keys into the leg; what no telephone has is left out. */
  press(typed: string): void {
    const keys = keysOf(typed);
    if (keys === "" || !this.#leg?.isEstablished()) return;
    const [sender] = this.#leg.connection.getSenders();
    sender?.dtmf?.insertDTMF(keys, 120, 80);
  }

  /** Hear oneself for a while. Resolves when it is over; false: it did not come about.
   *
   * Only while there is no leg. `endEchoTest` ends it sooner.
   */
  echoTest(): Promise<boolean> {
    const ua = this.#ua;
    if (!ua?.isConnected() || this.#leg !== null || this.#microphone === null) {
      return Promise.resolve(false);
    }
    this.#end(this.#echo);
    return new Promise((done) => {
      const session = ua.call(`sip:echo@${this.#host()}`, this.#media());
      const timer = setTimeout(() => this.#end(session), ECHO_S * 1000);
      let wasUp = false;
      session.on("confirmed", () => {
        wasUp = true;
      });
      this.#echo = session;
      this.#play(session);
      this.#follow(session, () => {
        clearTimeout(timer);
        if (this.#echo === session) {
          this.#echo = null;
          if (this.#leg === null) this.#speaker.srcObject = null;
        }
        done(wasUp);
      });
    });
  }

  endEchoTest(): void {
    this.#end(this.#echo);
  }

  // News

  #take(event: PhoneEvent): void {
    const before = this.#news;
    this.#news = advance(before, event);
    if (this.#news !== before) this.#tell();
  }

  #tell(): void {
    for (const tell of this.#listeners) tell(this.#news);
  }
}

async function packetsOf(connection: RTCPeerConnection): Promise<number> {
  let packets = 0;
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp") packets += report.packetsReceived as number;
  }
  return packets;
}

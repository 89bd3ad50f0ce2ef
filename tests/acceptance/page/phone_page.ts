// The page of the phone's acceptance test: a Phone, what it tells, and ears that
// know tones. Bundled by the test itself; nothing of it is shipped.
import { Phone, type PhoneNews, type PhoneSettings } from "../../../ivr/web/browser/src/phone.ts";

interface Said extends PhoneNews {
  readonly at: number; // milliseconds
}

declare global {
  interface Window {
    begin: (settings: PhoneSettings, serverTakesPhones?: boolean) => void;
    phone: Phone;
    said: Said[];
    lend: () => void;
    connection?: RTCPeerConnection;
    strengths: (hertz: number[], seconds: number) => Promise<number[]>;
    codecs: () => Promise<string[]>;
  }
}

// A known tone sequence must come out as it went in.
const PLAIN = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

window.said = [];
window.begin = (settings, serverTakesPhones) => {
  const doesServerTakePhones = () => Promise.resolve(serverTakesPhones ?? null);
  window.phone = new Phone({ ...settings, sound: PLAIN, doesServerTakePhones });
  window.phone.listen((news) => window.said.push({ ...news, at: performance.now() }));
  window.phone.start();
};

/** Plug in a microphone of our own, where the browser's user refuses theirs. */
window.lend = () => {
  const hum = new AudioContext().createMediaStreamDestination().stream;
  navigator.mediaDevices.getUserMedia = () => Promise.resolve(hum);
};

/** Return the strongest that each tone was within so many seconds: an amplitude. */
window.strengths = async (hertz, seconds) => {
  const stream = window.phone.heard;
  if (stream === null) return hertz.map(() => 0);
  const context = new AudioContext({ sampleRate: 16000 });
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const best = hertz.map(() => 0);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await new Promise((next) => setTimeout(next, 60));
    analyser.getFloatTimeDomainData(samples);
    hertz.forEach((hz, at) => {
      best[at] = Math.max(best[at] ?? 0, goertzel(samples, hz, context.sampleRate));
    });
  }
  await context.close();
  return best;
};

/** Return what the browser says of the codecs in use: "audio/opus". */
window.codecs = async () => {
  const found: string[] = [];
  for (const report of (await window.connection?.getStats())?.values() ?? []) {
    if (report.type === "codec") found.push(report.mimeType as string);
  }
  return found;
};

// The phone keeps its connection to itself: noted as it is made.
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    window.connection = this;
  }
};

function goertzel(samples: Float32Array, hz: number, rate: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let [last, before] = [0, 0];
  for (const sample of samples) {
    [last, before] = [sample + factor * last - before, last];
  }
  const power = last * last + before * before - factor * last * before;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

// The microphone, and how loud something is. No SIP here.

import { loudness, whyNoMicrophone, type DownReason } from "./phone_state.ts";

export class NoMicrophone extends Error {
  readonly reason: DownReason;

  constructor(reason: DownReason) {
    super(reason);
    this.reason = reason;
  }
}

/** What makes speech of an office understandable; a test turns it off. */
export const SPEECH: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** Return the microphone's stream; the browser asks its user the first time.
 *
 * @throws NoMicrophone with the reason.
 */
export async function openMicrophone(how: MediaTrackConstraints = SPEECH): Promise<MediaStream> {
  // Without https there is no such thing.
  if (!window.isSecureContext || navigator.mediaDevices === undefined) {
    throw new NoMicrophone("insecure_page");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: how });
  } catch (error) {
    throw new NoMicrophone(whyNoMicrophone(error instanceof DOMException ? error.name : ""));
  }
}

export function close(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Tell how loud a stream is, 0 to 1, ten times a second, until the result is called. */
export function meter(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(loudness(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

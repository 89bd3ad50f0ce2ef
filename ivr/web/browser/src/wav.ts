// Sound samples as a WAV file (16 bit, one channel), which the server reads.
export function wavOf(samples: Float32Array, rate: number): Uint8Array<ArrayBuffer> {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const word = (at: number, text: string): void => {
    for (let n = 0; n < text.length; n++) file.setUint8(at + n, text.charCodeAt(n));
  };
  word(0, "RIFF");
  file.setUint32(4, 36 + 2 * samples.length, true);
  word(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true); // PCM
  file.setUint16(22, 1, true); // one channel
  file.setUint32(24, rate, true);
  file.setUint32(28, 2 * rate, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  word(36, "data");
  file.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, n) => {
    const held = Math.max(-1, Math.min(1, sample));
    file.setInt16(44 + 2 * n, Math.round(held * 32767), true);
  });
  return new Uint8Array(file.buffer);
}

// Several channels as one: their mean.
export function mono(channels: Float32Array[]): Float32Array {
  const first = channels[0] ?? new Float32Array();
  if (channels.length === 1) return first;
  return first.map((_, n) => {
    const sum = channels.reduce((all, channel) => all + (channel[n] ?? 0), 0);
    return sum / channels.length;
  });
}

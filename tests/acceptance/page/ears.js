// Ears for a page that is not ours to change: keeps every connection that the page
// makes, and tells how strong tones are in what it receives. Given to the browser as
// an init script, which no Content-Security-Policy sees.
(() => {
  const made = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration) {
      super(configuration);
      made.push(this);
    }
  };
  window.strengths = async (hertz, seconds) => {
    const best = hertz.map(() => 0);
    await listen(seconds, (samples, rate) => {
      hertz.forEach((hz, at) => {
        best[at] = Math.max(best[at], goertzel(samples, hz, rate));
      });
    });
    return best;
  };
  // How loud it is at its loudest: 0 to 1.
  window.loudness = async (seconds) => {
    let most = 0;
    await listen(seconds, (samples) => {
      const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
      most = Math.max(most, Math.sqrt(power));
    });
    return most;
  };
  async function listen(seconds, take) {
    const open = made.filter((one) => one.connectionState === "connected").at(-1);
    const track = open?.getReceivers().map((one) => one.track).find((one) => one.kind === "audio");
    if (!track) return;
    const context = new AudioContext({ sampleRate: 16000 });
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await new Promise((next) => setTimeout(next, 60));
      analyser.getFloatTimeDomainData(samples);
      take(samples, context.sampleRate);
    }
    await context.close();
  }
  function goertzel(samples, hz, rate) {
    const factor = 2 * Math.cos((2 * Math.PI * hz) / rate);
    let [last, before] = [0, 0];
    for (const sample of samples) [last, before] = [sample + factor * last - before, last];
    const power = last * last + before * before - factor * last * before;
    return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
  }
})();

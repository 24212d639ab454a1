const t = msg.payload % 40;
const rh = Math.min(Math.max(20 + msg.payload % 90, 1), 100) / 100;
const g = Math.log(rh) + 17.62 * t / (243.12 + t);
const dew = Math.round(243.12 * g / (17.62 - g) * 10) / 10;
for (const v of [t, rh, dew]) {
  if (v > 1000) { node.error("no such weather", msg); return null; }
}
const n = (context.get("n") ?? 0) + 1;
context.set("n", n);
msg.payload = {t, rh, dew, n, damp: dew > 18};
return msg;

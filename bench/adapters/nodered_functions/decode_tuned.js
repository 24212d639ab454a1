const cobs = global.get("cobs"), mp = global.get("mp"), tb = global.get("crctab");

const src = msg.payload, L = src.length - 1, m = Buffer.allocUnsafe(L); let o = 0;
for (let i = 0; i < L;) { const code = src[i++]; for (let j = 1; j < code && i < L; j++) m[o++] = src[i++]; if (code < 255 && i < L) m[o++] = 0; }

let c = 0xffff; const n = o - 2;
for (let i = 0; i < n; i++) c = ((c << 8) ^ tb[((c >> 8) ^ m[i]) & 255]) & 0xffff;
let st = context.get("st"); if (!st) { st = {n: 0, bad: 0}; context.set("st", st); }
st.n++;
if (c !== ((m[n] << 8) | m[n + 1])) { st.bad++; msg.payload = null; }
else { msg.payload = global.get('mpr').unpack(m.subarray(0, n)); }
const out = st.n % 500 === 0 ? {payload: st.n + " " + st.bad} : null;
return [msg.payload === null ? null : msg, out];

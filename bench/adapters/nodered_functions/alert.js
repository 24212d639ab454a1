const v = msg.payload.value, now = Date.now(); let st = context.get("st");
if (!st) { st = {s: {}, n: 0}; context.set("st", st); }
let prog = null; if (++st.n % 500 === 0) prog = {payload: String(st.n)};
let s = st.s[msg.topic]; if (!s) s = st.s[msg.topic] = {since: 0, fired: false};
if (v > 80) {
  if (!s.since) s.since = now;
  if (!s.fired && now - s.since >= {{for_ms}}) {
    s.fired = true;
    return [{payload: {series: msg.topic, state: "firing", value: v, time: msg.payload.time}}, prog];
  }
} else if (s.since) { s.since = 0; s.fired = false; }
return [null, prog];

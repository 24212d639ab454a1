let lv = flow.get('lv'); if (!lv) { lv = {}; flow.set('lv', lv); }
let buf = context.get('buf'); if (!buf) { buf = []; context.set('buf', buf); }
let p = msg.payload, v = p.value;
if (v === "") v = null;
else if (typeof v === "string") v = Number(v);
if (v !== null && !Number.isFinite(v)) return null;
p.value = v;
lv[msg.topic] = p;
if (v === null) return null;
const t = msg.topic.split("/");
buf.push({measurement: "telemetry", tags: {site: t[1], device: t[2], sensor: t[4]},
          fields: {value: v}, timestamp: new Date(p.time)});
if (buf.length >= {{batch_n}}) { const b = buf; buf = []; context.set("buf", buf); return {payload: b}; }
return null;

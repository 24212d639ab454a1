const p = msg.payload, t = msg.topic.split("/");
let lv = flow.get("lv");
if (!lv) { lv = {}; flow.set("lv", lv); }
lv[msg.topic] = p;
if (p.value === null) return null;
msg.payload = {measurement: "telemetry", tags: {site: t[1], device: t[2], sensor: t[4]},
               fields: {value: p.value}, timestamp: new Date(p.time)};
return msg;

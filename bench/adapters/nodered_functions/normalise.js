let v = msg.payload.value;
if (v === "") v = null;
else if (typeof v === "string") v = Number(v);
if (v !== null && !Number.isFinite(v)) return null;
msg.payload.value = v;
return msg;

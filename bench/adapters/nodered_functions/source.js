for (let i = 0; i < 1000; i++) node.send({payload: i, topic: 'farm/site1/dev1/telemetry/temperature'}, false);
return null;

context.set('buf', []);
setInterval(() => {
  const b = context.get('buf');
  if (b.length) { context.set('buf', []); node.send({payload: b}); }
}, {{batch_ms}});

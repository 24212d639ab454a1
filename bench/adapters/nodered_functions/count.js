let st = context.get('st');
if (!st) { st = {n: 0}; context.set('st', st); }
if (++st.n % 1000 !== 0) return null;
const again = st.n < {{count}} ? {payload: 1} : null;
return [again, st.n % 10000 === 0 ? {payload: String(st.n)} : null];

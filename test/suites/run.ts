import { falcoOutcomes } from './falco-cases.ts';
import { unitOutcomes } from './unit-cases.ts';
const o = process.argv[2]==='unit'? unitOutcomes(): await falcoOutcomes(process.argv[2]??'', process.argv[3]);
const bad = o.filter((x) => x.state === 'differ');
console.log(o.length, o.filter((x)=>x.state==='agree').length, bad.length);
for (const b of bad.slice(0, 60)) console.log(b.id, '::', b.why.slice(0, 500));

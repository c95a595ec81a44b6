// Writes what scripts/kubernetes.sh says.
import { writeFileSync } from 'node:fs';
import { manifests } from './chart.mjs';
import { inRepository } from './repository.mjs';

for (const [name, text] of Object.entries(manifests())) writeFileSync(inRepository(`deploy/kubernetes/${name}`), text);

import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { contract } from '../conformance/contract.ts';

const runtime = createReferenceRuntime();
contract(async () => Promise.resolve(runtime));

export { type ContractClause, type ContractSubject, machineContract } from './contract.ts';
export { type Failing, FailingMachine } from './failing-machine.ts';
export { LendingMachine } from './lending-machine.ts';
export { planAround } from './plan-around.ts';
export { runLoaded } from './run-loaded.ts';

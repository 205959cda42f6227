import { expose } from 'comlink';
import { api } from './api.ts';
import { keepErrorsWhole } from './throwing.ts';

keepErrorsWhole();
expose(api);

import fc from 'fast-check';

/**
 * Property tests draw the same cases in every run, so that what fails fails for everybody. FC_SEED draws others, from
 * time to time: FC_SEED=$RANDOM npm run test:unit.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });

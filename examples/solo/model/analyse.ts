// Runs the wink-nlp pipeline with its English lite model on one text: sentences, entities, parts of speech, sentiment.
import loadedModel from 'wink-eng-lite-web-model';
import winkNlp, { type ItemEntity, type ItemSentence, type ItemToken } from 'wink-nlp';

/* oxlint-disable typescript/unbound-method -- the library hands its accessors around as plain functions */

export type Analysis = {
  readonly model: 'wink-eng-lite-web-model';
  /** From -1 (negative) to 1 (positive), for the whole text. */
  readonly sentiment: number;
  readonly sentences: readonly { readonly text: string; readonly sentiment: number }[];
  readonly entities: readonly { readonly text: string; readonly type: string }[];
  readonly tokens: readonly { readonly text: string; readonly partOfSpeech: string; readonly negated: boolean }[];
};

export type Analyse = (text: string) => Analysis;

/** Loads the model once (about a second) and gives the function that asks it. Pure: the same text, the same answer. */
export function loadAnalyser(): Analyse {
  const nlp = winkNlp(loadedModel, ['sbd', 'negation', 'sentiment', 'ner', 'pos']);
  const { its } = nlp;
  return (text) => {
    const document = nlp.readDoc(text);
    const sentences: Analysis['sentences'][number][] = [];
    document.sentences().each((sentence: ItemSentence) => {
      sentences.push({ text: sentence.out(), sentiment: Number(sentence.out(its.sentiment)) });
    });
    const entities: Analysis['entities'][number][] = [];
    document.entities().each((entity: ItemEntity) => {
      entities.push({ text: entity.out(), type: entity.out(its.type) });
    });
    const tokens: Analysis['tokens'][number][] = [];
    document.tokens().each((token: ItemToken) => {
      const partOfSpeech = token.out(its.pos);
      tokens.push({ text: token.out(), partOfSpeech, negated: Boolean(token.out(its.negationFlag)) });
    });
    const sentiment = Number(document.out(its.sentiment));
    return { model: 'wink-eng-lite-web-model', sentiment, sentences, entities, tokens };
  };
}

/** Questions about convolutional networks, then those about recurrent ones. */
import { forTorch, questions, type Question } from './questions.ts';
import { recurrentForTorch, recurrentQuestions, type AnyRecurrentQuestion } from './recurrent-questions.ts';

export type AnyQuestion = Question | AnyRecurrentQuestion;

export function allQuestions(): readonly AnyQuestion[] {
  return [...questions(), ...recurrentQuestions()];
}

export function anyForTorch(question: AnyQuestion): ReturnType<typeof forTorch> {
  return question.kind === 'recurrent' || question.kind === 'recurrent search'
    ? recurrentForTorch(question)
    : forTorch(question);
}

/**
 * A tensor dimension: a number, or a polynomial over named symbols in canonical text form (`C*S`, `8*C`, `P + S`).
 * Symbols are bound by the shapes of the graph's inputs at run time, so one graph serves every class list.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Monomial (symbols sorted, joined by `*`; empty for the constant term) → coefficient. */
type Polynomial = ReadonlyMap<string, number>;

function toPolynomial(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const terms = new Map<string, number>();
  for (const term of dim.split(' + ')) {
    let coefficient = 1;
    const symbols: string[] = [];
    for (const factor of term.split('*')) {
      if (/^\d+$/.test(factor)) coefficient *= Number(factor);
      else symbols.push(factor);
    }
    const monomial = symbols.sort().join('*');
    terms.set(monomial, (terms.get(monomial) ?? 0) + coefficient);
  }
  return terms;
}

function fromPolynomial(polynomial: Polynomial): Dim {
  const terms = [...polynomial].filter(([, coefficient]) => coefficient !== 0);
  if (terms.length === 0) return 0;
  if (terms.length === 1 && terms[0]![0] === '') return terms[0]![1];
  return terms
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([monomial, coefficient]) => {
      if (monomial === '') return String(coefficient);
      return coefficient === 1 ? monomial : `${coefficient}*${monomial}`;
    })
    .join(' + ');
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(toPolynomial(a));
  for (const [monomial, coefficient] of toPolynomial(b)) {
    sum.set(monomial, (sum.get(monomial) ?? 0) + coefficient);
  }
  return fromPolynomial(sum);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const product = new Map<string, number>();
  for (const [left, leftCoefficient] of toPolynomial(a)) {
    for (const [right, rightCoefficient] of toPolynomial(b)) {
      const monomial = [...left.split('*'), ...right.split('*')].filter(Boolean).sort().join('*');
      product.set(monomial, (product.get(monomial) ?? 0) + leftCoefficient * rightCoefficient);
    }
  }
  return fromPolynomial(product);
}

export function elementCount(shape: Shape): Dim {
  return shape.reduce<Dim>((product, dim) => multiplyDims(product, dim), 1);
}

/** True for a bare symbol (`C`), which an input's shape can bind; false for expressions such as `C*S`. */
export function isSymbol(dim: Dim): dim is string {
  return typeof dim === 'string' && !/[ *]/.test(dim);
}

/** The terms of a dimension as (coefficient, symbols), for evaluation outside this file. */
export function dimTerms(dim: Dim): { readonly coefficient: number; readonly symbols: readonly string[] }[] {
  return [...toPolynomial(dim)].map(([monomial, coefficient]) => ({
    coefficient,
    symbols: monomial === '' ? [] : monomial.split('*'),
  }));
}

/** @throws Error when a symbol has no value. */
export function evaluateDim(dim: Dim, symbols: ReadonlyMap<string, number>): number {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const term of dimTerms(dim)) {
    let product = term.coefficient;
    for (const symbol of term.symbols) {
      const value = symbols.get(symbol);
      if (value === undefined) throw new Error(`dimension ${dim}: symbol ${symbol} has no value`);
      product *= value;
    }
    total += product;
  }
  return total;
}

/** @throws Error when the dimension is not known until run time. */
export function fixedDim(dim: Dim): number {
  if (typeof dim !== 'number')
    throw new Error(`dimension ${dim} is known at run time only, and a number is needed`);
  return dim;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

import type { ComponentChildren } from 'preact';

/** Side of the drawing in its own units; margins hold the axes' numbers. */
const SIDE = 200;
const [LEFT, TOP, BOTTOM] = [34, 8, 34];
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Places of shares, 0…1, in a frame. */
export const x = (share: number): number => LEFT + share * SIDE;
export const y = (share: number): number => TOP + (1 - share) * SIDE;

interface PlotFrameProps {
  /** What a screen reader says instead of the picture. */
  readonly label: string;
  readonly horizontal: string;
  readonly vertical: string;
  readonly children: ComponentChildren;
}

/** A square picture of shares against shares, as SVG, so that a saved page needs no program to show it. */
export function PlotFrame({ label, horizontal, vertical, children }: PlotFrameProps) {
  return (
    <svg
      class="plot"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${LEFT + SIDE + 12} ${TOP + SIDE + BOTTOM}`}
      width={LEFT + SIDE + 12}
      height={TOP + SIDE + BOTTOM}
    >
      {TICKS.map(share => (
        <g key={share}>
          <line class="rule" x1={x(share)} x2={x(share)} y1={y(0)} y2={y(1)} />
          <line class="rule" x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
          <text x={x(share)} y={y(0) + 12} text-anchor="middle">
            {share * 100}
          </text>
          <text x={x(0) - 4} y={y(share) + 3} text-anchor="end">
            {share * 100}
          </text>
        </g>
      ))}
      <text x={x(0.5)} y={y(0) + 27} text-anchor="middle">
        {horizontal}
      </text>
      <text x={9} y={y(0.5)} text-anchor="middle" transform={`rotate(-90 9 ${y(0.5)})`}>
        {vertical}
      </text>
      {children}
    </svg>
  );
}

// The few line drawings of the interface. Decorative: the words beside them carry the meaning.
const PATHS = {
  flow: "M4 6h5c4 0 3 12 7 12h4M4 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M18 18a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  bell: "M18 16v-5a6 6 0 0 0-12 0v5l-2 2h16zM10 21h4",
  values: "M4 19V9M10 19V5M16 19v-7M21 19H3",
  message: "M4 5h16v11H9l-5 4z",
  page: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  engine: "M4 15a8 8 0 1 1 16 0M12 15l4-5M4 19h16",
  dead: "M4 7h16v12H4zM4 7l8 6 8-6M9 3h6",
  log: "M5 5h14M5 10h14M5 15h9M5 20h11",
  problem: "M12 3 2 20h20zM12 10v4M12 17v.5",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5 21 21",
  close: "M5 5l14 14M19 5 5 19",
  plus: "M12 4v16M4 12h16",
  pause: "M8 5v14M16 5v14",
  play: "M7 4l13 8-13 8z",
  undo: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 0 12",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  trend: "M3 17l6-6 4 4 8-9M15 6h6v6",
  user: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21c0-5 4-7 8-7s8 2 8 7",
  audit: "M9 4h6v3H9zM9 5H5v16h14V5h-4M9 14l2 2 4-4",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  upload: "M12 15V4M7 9l5-5 5 5M4 16v4h16v-4",
  key: "M8 15a4 4 0 1 1 3.5-6H21v3h-2v3h-3v-3h-4.500A4 4 0 0 1 8 15z",
  star: "M12 3.500l2.600 5.400 5.900.8-4.300 4.100 1 5.900L12 16.900l-5.200 2.800 1-5.900L3.500 9.700l5.900-.8z",
  down: "M6 9l6 6 6-6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

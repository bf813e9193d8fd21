// Words of an emergency: they say what happens, and leave no doubt that somebody will ask.

export const emergencyWords = {
  chip: 'emergency',
  offer: 'This is an emergency…',
  title: 'Emergency access',
  lines: [
    'You get it at once. Nobody has to approve it.',
    'Everybody concerned is told now, with your name and your words.',
    'Somebody else reviews it afterwards, and will ask you.',
  ],
  most: (text: string): string => `It ends after ${text} at the latest.`,
  back: 'Ask normally instead',
  why: 'What is the emergency? (everybody concerned reads this)',
  whyHint: 'At least 20 letters: what happened, and what you need this for.',
  sayWhy: 'Say what the emergency is',
  take: (text: string): string => `Take emergency access for ${text}…`,
  sheetTitle: 'Take emergency access?',
  takeDo: 'Take it and tell everybody',
  denied: 'Policy refused it after all. Nothing was issued, and nobody was told.',
  granted: 'Granted at once, as an emergency',
  held: 'Taken in an emergency: everybody concerned was told, and it will be reviewed.',
} as const;

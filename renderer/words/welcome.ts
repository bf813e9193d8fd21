// Words of the first start: what this is, in one screen.

export const welcomeWords = {
  title: 'Access for the day, not for ever',
  lines: [
    {
      title: 'Ask',
      body: 'Say which dataset or model, why and for how long. You see what policy says before you ask.',
    },
    {
      title: 'Use',
      body: 'A short-lived token lands in the keychain of your system, never in a file. Copy it, or a command that reads it.',
    },
    {
      title: 'Done',
      body: 'When time is up, or when you say Done, it is wiped here and refused everywhere. The log can prove it.',
    },
  ],
  honest: 'What was read cannot be recalled, and programs that run as you can read what you can read.',
  start: 'Start',
} as const;

/** What terminals, shells and pages write around a map: what stands there is neither a range nor stands for one. */

/** `root@host:~#`, `[root@host ~]#`, `/ #`, `sh-5.2$`. */
const FRONT = String.raw`(?:\([\w.-]{1,40}\) )?\[?(?=[^#$%>]{0,100}[a-z~/])[\w@.:~/ +-]{1,100}\]? ?[#$%>]`;
const PROMPT = new RegExp(`^(?:${FRONT}(?:\\s|$)|[$\u276f\u279c](?:\\s|$)|[#%>]$)`, 'iu');
const TOOLS =
  'cat|[efz]?grep|zcat|head|tail|sed|awk|sort|uniq|cut|less|more|nl|dmesg|journalctl|lsmem|dd|xxd|perl|python3?';
const COMMAND = new RegExp(
  `^(?:(?:${FRONT}|[#$%>\u276f\u279c])\\s*)?(?:(?:sudo|doas|adb shell|su -c|ssh \\S{1,60})\\s["']?){0,3}(?:${TOOLS})\\s(?=.*(?:/proc/|\\s\\||\\s-[a-z0-9]))`,
  'iu',
);
/** A line with a time in front of it. */
const LOGGED =
  /^(?:<\d{1,3}>)?(?:\[\s{0,8}\d{1,8}\.\d{3,9}\]\s|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )/;
const MESSAGE =
  /(?:command not found|permission denied|no such file or directory|^logout|^exit|^\^[CD]|^(?:\[sudo\] )?password(?: for [^:]{1,40})?:)$/i;
/** Marks of pages for text that is kept as it is. */
const TAG = /^(?:<\/?(?:pre|code|tt|p|div|br|blockquote|details|summary|span)\b[^<>]*>|\[\/?(?:code|quote)\])$/i;
/** What a pager and a boot shell have in brackets. */
const SHELL = /^\((?:END|initramfs)\)/;

/** Whether a line is a command: what it names it only looks for. */
export const isCommand = (line: string): boolean => COMMAND.test(line);

/** Whether brackets around a line are not somebody's own words. */
export const isTag = (line: string): boolean => TAG.test(line) || SHELL.test(line);

/** Whether the line is of a terminal, or a log that went to it. `line` may have a time in front. */
export function isOfTerminal(line: string): boolean {
  return PROMPT.test(line) || COMMAND.test(line) || MESSAGE.test(line) || LOGGED.test(line);
}

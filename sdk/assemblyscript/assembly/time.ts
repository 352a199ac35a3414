// Points in time as text: RFC 3339, in milliseconds since 1970.

import { Bytes } from "./bytes";

/** Days from 1970-01-01 to a date of the Gregorian calendar. */
function daysFrom(year: i32, month: i32, day: i32): i32 {
  // Years begin in March here, so that the leap day comes last.
  if (month <= 2) --year;
  let era = (year >= 0 ? year : year - 399) / 400;
  let ofEra = year - era * 400;
  let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719468;
}

function daysIn(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// @ts-ignore: decorator
@inline function floorDiv(a: i64, b: i64): i64 {
  let quotient = a / b;
  return quotient * b > a ? quotient - 1 : quotient;
}

/** Writes `count` digits as UTF-16 and returns the end. */
function putDigits(to: usize, value: i32, count: i32): usize {
  for (let i = count - 1; i >= 0; --i) {
    store<u16>(to + (<usize>i << 1), <u16>(0x30 + (value % 10)));
    value /= 10;
  }
  return to + (<usize>count << 1);
}

// @ts-ignore: decorator
@inline function putMark(to: usize, unit: u16): usize {
  store<u16>(to, unit);
  return to + 2;
}

/** The number in `count` digits at `p`, or -1. */
function digitsAt(p: usize, count: i32): i32 {
  let value = 0;
  for (let i = 0; i < count; ++i) {
    let digit = <u32>load<u8>(p + <usize>i) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + <i32>digit;
  }
  return value;
}

/** Latest and earliest point with a year of four digits. */
const LAST: i64 = 253402300799999;
const FIRST: i64 = -62167219200000;

function formatTime(milliseconds: i64, mark: u16, zone: string): string {
  if (milliseconds < FIRST || milliseconds > LAST) throw new RangeError("time is out of range");
  let seconds = floorDiv(milliseconds, 1000);
  let millis = <i32>(milliseconds - seconds * 1000);
  let days = <i32>floorDiv(seconds, 86400);
  let ofDay = <i32>(seconds - <i64>days * 86400);
  let shifted = days + 719468;
  let era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  let ofEra = shifted - era * 146097;
  let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  let part = (5 * ofYear + 2) / 153;
  let day = ofYear - (153 * part + 2) / 5 + 1;
  let month = part < 10 ? part + 3 : part - 9;
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  let text = __new(<usize>((millis ? 23 : 19) << 1), idof<string>());
  let to = putDigits(text, year, 4);
  to = putDigits(putMark(to, 0x2d), month, 2);
  to = putDigits(putMark(to, 0x2d), day, 2);
  to = putDigits(putMark(to, mark), ofDay / 3600, 2);
  to = putDigits(putMark(to, 0x3a), (ofDay / 60) % 60, 2);
  to = putDigits(putMark(to, 0x3a), ofDay % 60, 2);
  if (millis) putDigits(putMark(to, 0x2e), millis, 3);
  return changetype<string>(text) + zone;
}

export namespace Time {
  /** `2023-11-14T22:13:20Z`, with `.mmm` when there are milliseconds. Throws outside of the years 0 to 9999. */
  export function format(milliseconds: i64): string {
    return formatTime(milliseconds, 0x54, "Z");
  }

  /** `2023-11-14 22:13:20 UTC`, as Fluvio prints it. */
  export function formatUtc(milliseconds: i64): string {
    return formatTime(milliseconds, 0x20, " UTC");
  }

  /** Milliseconds since 1970 of an RFC 3339 time; digits behind the third of a fraction are dropped. Throws on anything else. */
  export function parse<T>(text: T): i64 {
    let bytes = Bytes.of<T>(text);
    let p = bytes.address;
    let size = bytes.length;
    if (size >= 20) {
      let year = digitsAt(p, 4);
      let month = digitsAt(p + 5, 2);
      let day = digitsAt(p + 8, 2);
      let hour = digitsAt(p + 11, 2);
      let minute = digitsAt(p + 14, 2);
      let second = digitsAt(p + 17, 2);
      let mark = load<u8>(p, 10) | 0x20;
      let good = load<u8>(p, 4) == 0x2d && load<u8>(p, 7) == 0x2d && (mark == 0x74 || load<u8>(p, 10) == 0x20)
        && load<u8>(p, 13) == 0x3a && load<u8>(p, 16) == 0x3a
        && year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
        && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
      let end = p + <usize>size;
      p += 19;
      let millis = 0;
      if (good && load<u8>(p) == 0x2e) {
        let scale = 100;
        let start = ++p;
        while (p < end && <u8>(load<u8>(p) - 0x30) < 10) {
          millis += <i32>(load<u8>(p++) - 0x30) * scale;
          scale /= 10;
        }
        good = p > start && p < end;
      }
      let offset = 0;
      if (good) {
        let sign = load<u8>(p);
        if ((sign | 0x20) == 0x7a) {
          good = p + 1 == end;
        } else {
          let hours = end - p == 6 ? digitsAt(p + 1, 2) : -1;
          let minutes = hours < 0 ? -1 : digitsAt(p + 4, 2);
          good = (sign == 0x2b || sign == 0x2d) && load<u8>(p, 3) == 0x3a && hours >= 0 && hours < 24
            && minutes >= 0 && minutes < 60;
          offset = (hours * 60 + minutes) * (sign == 0x2d ? -1 : 1);
        }
      }
      if (good) {
        let minutes = (<i64>daysFrom(year, month, day) * 24 + <i64>hour) * 60 + <i64>(minute - offset);
        return (minutes * 60 + <i64>second) * 1000 + <i64>millis;
      }
    }
    throw new Error("not an RFC 3339 time: " + bytes.toString());
  }
}

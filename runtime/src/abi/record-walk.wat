;; Walks encoded records in a guest's memory. What it takes is written as the engine would write it itself: exact
;; lengths, varints no longer than needed, all within the output. For everything else it answers -1, or traps where
;; an address is outside of the memory, and the walk in JavaScript finds out what it is.
(module
  (import "guest" "memory" (memory 0))

  ;; Behind a varint of at most nine bytes that is no longer than needed; -1 for others.
  (func $skip (param $at i32) (result i32)
    (local $end i32) (local $byte i32)
    (local.set $end (i32.add (local.get $at) (i32.const 9)))
    (if (i32.lt_u (i32.load8_u (local.get $at)) (i32.const 0x80))
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (br_if $next (i32.ge_u (local.get $byte) (i32.const 0x80))))
    (if (result i32) (local.get $byte)
      (then (i32.add (local.get $at) (i32.const 1)))
      (else (i32.const -1))))

  ;; A length of at most three bytes, from its first byte on: where it ends, times 2^32, and its value. -1 for others.
  (func $length (param $at i32) (result i64)
    (local $value i32) (local $byte i32)
    (local.set $value (i32.load8_u (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (block $read
      (br_if $read (i32.lt_u (local.get $value) (i32.const 0x80)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $value (i32.or
        (i32.and (local.get $value) (i32.const 0x7f))
        (i32.shl (i32.and (local.get $byte) (i32.const 0x7f)) (i32.const 7))))
      (if (i32.ge_u (local.get $byte) (i32.const 0x80))
        (then
          (local.set $byte (i32.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $value (i32.or (local.get $value) (i32.shl (local.get $byte) (i32.const 14))))
          (if (i32.ge_u (local.get $byte) (i32.const 0x80)) (then (return (i64.const -1))))))
      (if (i32.eqz (local.get $byte)) (then (return (i64.const -1)))))
    ;; Odd ones are negative.
    (if (i32.and (local.get $value) (i32.const 1)) (then (return (i64.const -1))))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (i32.shr_u (local.get $value) (i32.const 1)))))

  ;; Where `count` records that start at `at` end; -1 when they are not as described above, or not within `end`.
  (func (export "walk") (param $at i32) (param $end i32) (param $count i32) (result i32)
    (local $stop i32) (local $byte i32) (local $pair i64)
    (block $odd
      (loop $record
        (if (i32.eqz (local.get $count)) (then (return (local.get $at))))
        ;; The record's length, and where it has to stop.
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (br_if $odd (i32.and (local.get $byte) (i32.const 1)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $stop (i32.add (local.get $at) (i32.shr_u (local.get $byte) (i32.const 1)))))
          (else
            (local.set $pair (call $length (local.get $at)))
            (br_if $odd (i64.lt_s (local.get $pair) (i64.const 0)))
            (local.set $at (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
            (local.set $stop (i32.add (local.get $at) (i32.wrap_i64 (local.get $pair))))))
        (br_if $odd (i32.gt_u (local.get $stop) (local.get $end)))
        ;; Attributes, timestamp, offset: most often single bytes, and no key behind them.
        (local.set $byte (i32.load (local.get $at)))
        (if (i32.eqz (i32.and (local.get $byte) (i32.const 0xff808000)))
          (then (local.set $at (i32.add (local.get $at) (i32.const 4))))
          (else
            (local.set $at (call $skip (i32.add (local.get $at) (i32.const 1))))
            (br_if $odd (i32.eq (local.get $at) (i32.const -1)))
            (local.set $at (call $skip (local.get $at)))
            (br_if $odd (i32.eq (local.get $at) (i32.const -1)))
            (local.set $byte (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (if (local.get $byte)
              (then
                (br_if $odd (i32.gt_u (local.get $byte) (i32.const 1)))
                (local.set $pair (call $length (local.get $at)))
                (br_if $odd (i64.lt_s (local.get $pair) (i64.const 0)))
                (local.set $at (i32.add
                  (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32)))
                  (i32.wrap_i64 (local.get $pair))))
                (br_if $odd (i32.gt_u (local.get $at) (local.get $stop)))))))
        ;; The value.
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (br_if $odd (i32.and (local.get $byte) (i32.const 1)))
            (local.set $at (i32.add
              (i32.add (local.get $at) (i32.const 1))
              (i32.shr_u (local.get $byte) (i32.const 1)))))
          (else
            (local.set $pair (call $length (local.get $at)))
            (br_if $odd (i64.lt_s (local.get $pair) (i64.const 0)))
            (local.set $at (i32.add
              (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32)))
              (i32.wrap_i64 (local.get $pair))))))
        (br_if $odd (i32.ge_u (local.get $at) (local.get $stop)))
        ;; The count of headers.
        (if (i32.lt_u (i32.load8_u (local.get $at)) (i32.const 0x80))
          (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
          (else (local.set $at (call $skip (local.get $at)))))
        (br_if $odd (i32.ne (local.get $at) (local.get $stop)))
        ;; The same number, but known sooner: the next record need not wait for this one's checks.
        (local.set $at (local.get $stop))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $record)))
    (i32.const -1)))

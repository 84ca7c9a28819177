;; Both passes of Pillow's resize (resample.ts says it in TypeScript), four channels or sixteen at a time: sums of 32 bits that
;; wrap, of 8-bit samples times weights scaled by 2^22, half of it added, shifted back and clipped to 0 … 255.
(module
  (memory (export "memory") 128)

  ;; Rows of RGB pixels, `stride` bytes apart → packed rows of `count` pixels. Reads and writes a byte behind the last pixel.
  (func (export "columns")
    (param $row i32) (param $stride i32) (param $rows i32) (param $to i32)
    (param $count i32) (param $first i32) (param $taps i32) (param $weights i32) (param $width i32)
    (local $x i32) (local $at i32) (local $weight i32) (local $end i32) (local $sum v128)
    (loop $eachRow
      (local.set $x (i32.const 0))
      (loop $eachPixel
        (local.set $at (i32.add (local.get $row) (i32.mul (i32.const 3)
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2)))))))
        (local.set $weight (i32.add (local.get $weights)
          (i32.shl (i32.mul (local.get $x) (local.get $width)) (i32.const 2))))
        (local.set $end (i32.add (local.get $weight) (i32.shl
          (i32.load (i32.add (local.get $taps) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 2))))
        (local.set $sum (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (loop $eachTap
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul
            (v128.load32_splat (local.get $weight))
            (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $at)))))))
          (local.set $at (i32.add (local.get $at) (i32.const 3)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $eachTap (i32.lt_u (local.get $weight) (local.get $end))))
        (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
        (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
        (v128.store32_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
        (local.set $to (i32.add (local.get $to) (i32.const 3)))
        (local.set $x (i32.add (local.get $x) (i32.const 1)))
        (br_if $eachPixel (i32.lt_u (local.get $x) (local.get $count))))
      (local.set $row (i32.add (local.get $row) (local.get $stride)))
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (br_if $eachRow (local.get $rows))))

  ;; Rows of `bytes` bytes, `stride` bytes apart → `count` packed rows. Reads and writes up to 15 bytes behind the last row.
  (func (export "rows")
    (param $from i32) (param $stride i32) (param $bytes i32) (param $to i32)
    (param $count i32) (param $first i32) (param $taps i32) (param $weights i32) (param $width i32)
    (local $y i32) (local $x i32) (local $at i32) (local $weight i32) (local $end i32)
    (local $factor v128) (local $bytes16 v128) (local $half v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $eachRow
      (local.set $end (i32.add (local.get $weights) (i32.shl
        (i32.load (i32.add (local.get $taps) (i32.shl (local.get $y) (i32.const 2)))) (i32.const 2))))
      (local.set $x (i32.const 0))
      (loop $eachPart
        (local.set $at (i32.add (i32.add (local.get $from) (local.get $x)) (i32.mul (local.get $stride)
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $y) (i32.const 2)))))))
        (local.set $weight (local.get $weights))
        (local.set $a (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (loop $eachTap
          (local.set $factor (v128.load32_splat (local.get $weight)))
          (local.set $bytes16 (v128.load (local.get $at)))
          (local.set $half (i16x8.extend_low_i8x16_u (local.get $bytes16)))
          (local.set $a (i32x4.add (local.get $a)
            (i32x4.mul (local.get $factor) (i32x4.extend_low_i16x8_u (local.get $half)))))
          (local.set $b (i32x4.add (local.get $b)
            (i32x4.mul (local.get $factor) (i32x4.extend_high_i16x8_u (local.get $half)))))
          (local.set $half (i16x8.extend_high_i8x16_u (local.get $bytes16)))
          (local.set $c (i32x4.add (local.get $c)
            (i32x4.mul (local.get $factor) (i32x4.extend_low_i16x8_u (local.get $half)))))
          (local.set $d (i32x4.add (local.get $d)
            (i32x4.mul (local.get $factor) (i32x4.extend_high_i16x8_u (local.get $half)))))
          (local.set $at (i32.add (local.get $at) (local.get $stride)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $eachTap (i32.lt_u (local.get $weight) (local.get $end))))
        (v128.store (i32.add (local.get $to) (local.get $x))
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (local.get $a) (i32.const 22)) (i32x4.shr_s (local.get $b) (i32.const 22)))
            (i16x8.narrow_i32x4_s
              (i32x4.shr_s (local.get $c) (i32.const 22)) (i32x4.shr_s (local.get $d) (i32.const 22)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br_if $eachPart (i32.lt_u (local.get $x) (local.get $bytes))))
      (local.set $to (i32.add (local.get $to) (local.get $bytes)))
      (local.set $weights (i32.add (local.get $weights) (i32.shl (local.get $width) (i32.const 2))))
      (local.set $y (i32.add (local.get $y) (i32.const 1)))
      (br_if $eachRow (i32.lt_u (local.get $y) (local.get $count))))))

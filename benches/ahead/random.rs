//! Random numbers that are the same in each run: `SplitMix64`.

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed, a key and a purpose: one purpose takes no numbers from another.
    pub fn new(seed: u32, key: u32, purpose: u32) -> Self {
        let mut mixed = Self(u64::from(seed) << 32 | u64::from(key));
        Self(mixed.next() ^ u64::from(purpose))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number above 0 and up to 1, each as likely.
    pub fn uniform(&mut self) -> f64 {
        let high = (self.next() >> 32) as u32;
        (f64::from(high) + 1.0) / (f64::from(u32::MAX) + 1.0)
    }

    /// A gap between events that come once in 1 on average: −ln u.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }
}

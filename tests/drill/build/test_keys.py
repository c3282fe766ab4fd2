"""The lab's keys are RSA keys, the same on every machine."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build import _keys


def trial_division(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


@given(st.integers(10_003, 2_000_000).map(lambda number: number | 1))
def test_the_prime_test_agrees_with_trial_division(number: int) -> None:
    drawn = (3, 5, 7, 11, 13)
    assert all(_keys._passes(number, base) for base in drawn) == trial_division(number)


def test_carmichael_numbers_are_no_primes() -> None:
    assert not any(_keys._is_prime(number, "x") for number in (561, 41_041, 825_265, 321_197_185, 9_746_347_772_161))


def test_small_primes_are_the_odd_ones_below_ten_thousand() -> None:
    product = _keys._small_primes_product()
    for number in range(3, 10_000, 2):
        assert (product % number == 0) or not trial_division(number)
    assert product.bit_length() < 15_000


def test_a_key_is_sound_cached_and_named() -> None:
    key = _keys.key("test")
    numbers = key.private_numbers()
    public = numbers.public_numbers
    assert key.key_size == 2048
    assert numbers.p * numbers.q == public.n
    assert pow(pow(42, public.e, public.n), numbers.d, public.n) == 42
    assert _keys.key("test") is key


def test_the_same_name_gives_the_same_key_on_every_machine() -> None:
    modulus = _keys.key("test").public_key().public_numbers().n
    assert (
        hashlib.sha256(modulus.to_bytes(256)).hexdigest()
        == "b861c467d91599eff2ffd82eb443fc6af246e22a47b7c7c052507a0e6d9b1be3"
    )

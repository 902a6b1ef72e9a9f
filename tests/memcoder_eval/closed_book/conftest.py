"""The tiny random base of the tests of training."""

from tests.internalize.conftest import tiny as tiny

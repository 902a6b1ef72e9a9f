"""Adapters: low-rank weights beside a base model."""

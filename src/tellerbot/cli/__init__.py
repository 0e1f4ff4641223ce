"""Thin commands; heavy imports happen inside them."""

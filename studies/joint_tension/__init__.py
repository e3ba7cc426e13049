"""Tension of the joint route: false alarms on series without a fault, power against one planted fault by its lambda."""

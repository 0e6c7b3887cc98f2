"""The deployment package: chosen, compiled, zipped; then unpacked elsewhere and tried out.

What belongs here makes and checks the zip. What is in it is never changed for it.
"""

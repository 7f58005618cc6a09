from qadam.journeys.engine import NAME, handle

__all__ = ["NAME", "handle"]

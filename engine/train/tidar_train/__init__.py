"""Training, evaluation and export of TiDAR models. Meets the TypeScript half only through files."""

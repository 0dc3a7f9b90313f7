"""Hansen 2019: modified LSTM, non-uniformly sampled FIDs completed in the time domain."""

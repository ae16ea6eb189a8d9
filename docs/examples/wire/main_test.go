package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// docs:Validate
func TestApp_IsComplete(t *testing.T) {
	err := fx.ValidateApp(app())
	require.NoError(t, err)
}

// docs:end
